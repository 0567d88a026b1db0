import type { HostTensor, Network } from '../../engine/model/types.js';
import { setUpRun, type RunSetup } from '../../engine/training/setup.js';
import type { PictureReference } from '../../protocol/maps.js';
import type { Configuration } from '../../vit/configuration.js';
import { mapSide } from '../../vit/map-side.js';

/**
 * What a run's weights look at a picture with: as the run itself, but for a photograph that comes with the page, which no run is
 * measured by and which shows nothing on a few patches. Where the whole backbone trains, its weights are of one size.
 */
export function setUpToLook(setup: RunSetup, configuration: Configuration, { part }: PictureReference): RunSetup {
  const { architecture, options } = setup;
  const side = mapSide(options.imageSize, architecture);
  if (part !== 'photograph' || options.trainsBackbone || side === options.imageSize) return setup;
  return setUpRun({ ...configuration, imageSize: side }, architecture, options.classes);
}

/**
 * Gives trained weights to a network that sees more tokens. What does not hang on their number is the same. PYRA has a weight for each
 * rank of a pair: those are read at the same relative rank, and divided by how many more pairs there are, so that the pairs of a block
 * together weigh what they did. Where the run merged nothing, nothing is modulated.
 */
export async function carryTrained(
  trained: ReadonlyMap<string, HostTensor>,
  network: Pick<Network, 'readTrained' | 'writeTrained'>,
) {
  const own = await network.readTrained();
  for (const [name, { shape, data }] of own) {
    const given = trained.get(name);
    if (given)
      own.set(name, given.data.length === data.length ? given : { shape, data: atRelativeRank(given.data, data.length) });
  }
  network.writeTrained(own);
}

/** @returns `length` values: those of `weights` in between its places, times their ratio of lengths. */
export function atRelativeRank(weights: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const ratio = weights.length / length;
  const last = weights.length - 1;
  return Float32Array.from({ length }, (_, rank) => {
    const place = Math.max(0, Math.min(last, (rank + 0.5) * ratio - 0.5));
    const low = Math.floor(place);
    const [below, above] = [weights[low] ?? 0, weights[Math.min(last, low + 1)] ?? 0];
    return (below + (above - below) * (place - low)) * ratio;
  });
}
