import { contentDigest } from '../data/identity/fingerprint.js';
import { encodePng } from '../data/pictures/png.js';
import { framePicture } from '../data/pictures/resize.js';
import type { Dataset, Picture } from '../data/types.js';
import type { Part } from '../protocol/maps.js';
import { PlaygroundError } from '../vit/errors.js';
import { WHOLE_PICTURE } from '../vit/framing.js';

/** A picture and its class, as an index into {@link LabelledPictures.classes}. */
export interface Example {
  readonly picture: Picture;
  readonly label: number;
}

/** Decoded pictures to adapt to. */
export interface LabelledPictures {
  /** The data set's name in records. */
  readonly name: string;
  readonly classes: readonly string[];
  readonly train: readonly Example[];
  /** The pictures that choose the best epoch. */
  readonly validation: readonly Example[];
  /** The pictures that are measured once, at the end. */
  readonly test: readonly Example[];
}

const PARTS = ['train', 'validation', 'test'] as const satisfies readonly Part[];

/** Makes a data set of the engine. Throws `data.label` for a label without a class. */
export function datasetOf(given: LabelledPictures): Dataset {
  const examples = PARTS.flatMap((part) => given[part].map((example) => ({ part, ...example })));
  const at = (index: number): Example => {
    const example = examples[index];
    if (!example) throw new RangeError(`${given.name}: there is no picture ${index} among ${examples.length}`);
    return example;
  };
  for (const [index, { label, part }] of examples.entries()) {
    if (given.classes[label] !== undefined) continue;
    const message = `${given.name}: picture ${index} (${part}) has label ${label}, but there are ${given.classes.length} classes`;
    throw new PlaygroundError('data.label', message, { subject: given.name });
  }
  const indicesOf = (part: Part): number[] => examples.flatMap((example, index) => (example.part === part ? [index] : []));
  return {
    name: given.name,
    form: 'pictures in memory',
    classes: given.classes,
    split: 'As it was given.',
    parts: { train: indicesOf('train'), validation: indicesOf('validation'), test: indicesOf('test') },
    length: examples.length,
    nameOf: (index) => `picture ${index}`,
    label: (index) => at(index).label,
    pixels: async (index, side, framing = WHOLE_PICTURE) => framePicture(at(index).picture, side, framing),
    picture: async (index) => at(index).picture,
    encoded: async (index) => ({ bytes: await encodePng(at(index).picture), extension: 'png' }),
    fingerprint: given.name,
    digest: async (index) => contentDigest(at(index).picture.data.slice()),
    key: (index) => index,
  };
}
