import type { HostTensor, Network } from '../../engine/model/types.js';
import { setUpRun, type RunSetup } from '../../engine/training/setup.js';
import type { PictureReference } from '../../protocol/maps.js';
import type { Configuration } from '../../vit/configuration.js';
import { mapSide } from '../../vit/map-side.js';

/**
 * How a run's weights look at a picture: as in the run, except at a photograph that comes with the page. That is looked at in larger
 * pictures, since a few patches show nothing of it, and no run is measured by it. Where the whole backbone was trained it fits one size
 * of picture only.
 */
export function setUpToLook(setup: RunSetup, configuration: Configuration, { part }: PictureReference): RunSetup {
  const { architecture, options } = setup;
  const side = mapSide(options.imageSize, architecture);
  if (part !== 'photograph' || options.trainsBackbone || side === options.imageSize) return setup;
  return setUpRun({ ...configuration, imageSize: side }, architecture, options.classes);
}

/**
 * Writes trained weights into a network that sees more tokens. Those whose size does not depend on the number of tokens are the same.
 * PYRA has a weight for each rank of a pair: it is read at the same relative rank, and divided by the ratio of the numbers of pairs, so
 * that a block's pairs together have the weight that they had. Where the run merged nothing, nothing is modulated. The network is only
 * looked at, so nothing that is queued uses its weights: they are written at once, and a run that trains is not waited for.
 */
export async function carryTrained(
  trained: ReadonlyMap<string, HostTensor>,
  network: Pick<Network, 'readTrained' | 'writeTrained'>,
) {
  const own = await network.readTrained('now');
  for (const [name, { shape, data }] of own) {
    const given = trained.get(name);
    if (given)
      own.set(name, given.data.length === data.length ? given : { shape, data: atRelativeRank(given.data, data.length) });
  }
  network.writeTrained(own, 'now');
}

/** @returns `length` values, interpolated between those of `weights` and multiplied by the ratio of the two lengths. */
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
