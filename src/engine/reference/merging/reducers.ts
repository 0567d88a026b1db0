import type { PyraHalves } from './pyra.js';

/** How a method reduces a block's tokens. */
export interface Reducer {
  /** Pairs by the similarity of keys, or drawn from the run's seed and the block. */
  readonly pairing: 'similarity' | 'random';
  /** Whether the token that merges away counts with its size, or is dropped. */
  readonly weight: 'size' | 'zero';
  readonly halves: PyraHalves | null;
}

/** The playground's methods. The two single halves of PYRA are the paper's ablation. Null keeps all tokens. */
export const REDUCERS = {
  none: null,
  tome: { pairing: 'similarity', weight: 'size', halves: null },
  pyra: { pairing: 'similarity', weight: 'size', halves: { channels: true, pairs: true } },
  'pyra-channels': { pairing: 'similarity', weight: 'size', halves: { channels: true, pairs: false } },
  'pyra-pairs': { pairing: 'similarity', weight: 'size', halves: { channels: false, pairs: true } },
  prune: { pairing: 'similarity', weight: 'zero', halves: null },
  random: { pairing: 'random', weight: 'size', halves: null },
} as const satisfies Record<string, Reducer | null>;

export type MergeMethod = keyof typeof REDUCERS;
