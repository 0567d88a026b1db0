/** A new backbone, described completely by its place: `scratch:channels=48,blocks=12,heads=3,patch=8,side=96,seed=0`. */
import { scratchArchitecture, scratchBackbone, type ScratchSizes } from '../../engine/model/scratch.js';
import type { Checkpoint } from '../../formats/types.js';
import { PlaygroundError } from '../../vit/errors.js';

const PREFIX = 'scratch:';
const FIELDS = ['channels', 'blocks', 'heads', 'patch', 'side', 'seed'] as const;
type Fields = ScratchSizes & { readonly seed: number };

export const scratchPlace = (fields: Fields): string => PREFIX + FIELDS.map((name) => `${name}=${fields[name]}`).join(',');

function fieldsOf(place: string): Fields {
  const pairs = place.slice(PREFIX.length).split(',');
  const read = (name: (typeof FIELDS)[number]): number => {
    const value = Number(pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1));
    if (Number.isInteger(value) && value >= (name === 'seed' ? 0 : 1)) return value;
    const message = `${place}: has no ${name} that is a whole number, as in ${PREFIX}channels=48,blocks=12,heads=3,patch=8,side=96,seed=0`;
    throw new PlaygroundError('option.invalid', message, { subject: 'model' });
  };
  return {
    ...{ channels: read('channels'), blocks: read('blocks'), heads: read('heads') },
    ...{ patch: read('patch'), side: read('side'), seed: read('seed') },
  };
}

/** The new backbone that a place describes; undefined for any other place. Throws `option.invalid` for an incomplete description. */
export function scratchModel(place: string) {
  if (!place.startsWith(PREFIX)) return undefined;
  const fields = fieldsOf(place);
  const architecture = scratchArchitecture(fields);
  const reader = scratchBackbone(architecture, fields.seed);
  const loaded: Checkpoint = {
    ...{ name: place, format: 'new weights', architecture, reader, adapted: null },
    ...{ notes: [], guesses: [], folded: [], unused: [] },
  };
  return { name: place, place, architecture, reader, loaded };
}
