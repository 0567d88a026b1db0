import type { Method } from '../../../../vit/configuration.js';
import type { MergeCall } from '../../../operations/merge.js';

/** What a method does with the tokens of a block, as data: all of them go through the same operations. */
export interface Reducer {
  /** How tokens find each other: even tokens by their most similar odd one. */
  readonly pairing: 'similarity';
  /** What a token that merges away counts in the mean. */
  readonly weight: MergeCall['weight'];
  /** PYRA's, or none. */
  readonly modulation: MergeCall['modulation'];
}

/** A row for each method that reduces. */
export const REDUCERS: Readonly<Record<Exclude<Method, 'none'>, Reducer>> = {
  tome: { pairing: 'similarity', weight: 'size', modulation: null },
  pyra: { pairing: 'similarity', weight: 'size', modulation: { channels: true, pairs: true } },
  'pyra-channels': { pairing: 'similarity', weight: 'size', modulation: { channels: true, pairs: false } },
  'pyra-pairs': { pairing: 'similarity', weight: 'size', modulation: { channels: false, pairs: true } },
};
