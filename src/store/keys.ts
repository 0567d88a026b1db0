import { optionsKey } from '../protocol/provenance.js';
import type { PictureReference } from '../protocol/maps.js';
import { reduces } from '../vit/methods/index.js';
import { backboneChoice, type BackboneChoice, type Configuration, isDrawn } from '../vit/configuration.js';

/** Remembers the key of each object, which must not change: many views ask for the same key at every change of the state. */
export function remembered<T extends object>(keyOf: (of: T) => string): (of: T) => string {
  const known = new WeakMap<T, string>();
  return (of) => {
    const key = known.get(of) ?? keyOf(of);
    known.set(of, key);
    return key;
  };
}

/** Everything that the data set in use depends on besides its files: of a drawn task the seed, of others the split. */
export const dataKey = remembered(
  ({
    data,
    seed,
    splitSeed,
    splitShares,
    taskPictures,
  }: Pick<Configuration, 'data' | 'seed' | 'splitSeed' | 'splitShares' | 'taskPictures'>): string =>
    isDrawn(data)
      ? `${data}#${seed}${taskPictures ? `#${taskPictures.join('/')}` : ''}`
      : `${data}#${splitSeed}#${splitShares.join('/')}`,
);

/** The options that bring a run's pictures back into use: its data set, drawn or split as it was for the run. */
export function dataOf({ data, seed, taskPictures, splitSeed, splitShares }: Configuration): Partial<Configuration> {
  return isDrawn(data) ? { data, seed, taskPictures } : { data, splitSeed, splitShares };
}

/** A backbone, and how it is to be understood. */
export const choiceKey = remembered((choice: BackboneChoice): string => optionsKey({ ...backboneChoice(choice) }));

/** Everything that a run depends on besides its pictures and its backbone's weights. */
export const configurationKey = remembered((configuration: Configuration): string => optionsKey(configuration));

/** How a backbone merges. Without merging, neither the schedule nor proportional attention matters. */
export function mergingKey({ method, schedule, imageSize, proportionalAttention }: Configuration): string {
  return optionsKey(reduces(method) ? { method, schedule, imageSize, proportionalAttention } : { method, imageSize });
}

/** A run's weights after an epoch. */
export const runWeights = (runId: string, epoch: number): string => `run ${runId} after ${epoch}`;

export const pictureKey = ({ part, index }: PictureReference): string => `${part} ${index}`;
