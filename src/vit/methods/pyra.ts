import type { OwnRateOption } from '../options.js';
import { KAIMING, ONE, ZERO, type Start, type WeightDescription } from '../trained-weights.js';
import { matchingMacs, proportionalAttention } from './shared.js';
import { defineMethod, type Modulation, type ReductionShape } from './unit.js';

const pyraLearningRate: OwnRateOption = {
  kind: 'own rate',
  label: 'PYRA’s learning rate',
  hint: 'The paper searches 1e-5 to 3e-3.',
  flag: 'pyra-lr',
  help: "PYRA's own learning rate (default: the common one)",
  least: 0,
  most: 10,
  initial: null,
  own: {
    label: 'Own rate for PYRA',
    hint: 'Off: PYRA’s weights train at the common rate, as in the released runs.',
  },
};

export const pyraOptions = { proportionalAttention, pyraLearningRate };

/** What PYRA trains in a block, by the authors' names; row i of `pyra_a` belongs to the i-th pair. */
export const pyraWeights = (a: Start): readonly WeightDescription[] => [
  { name: 'pyra_a', shape: ['size', 1], start: a, group: 'pyra' },
  { name: 'pyra_b', shape: [1, 'C'], start: ZERO, group: 'pyra' },
  { name: 'pyra_norm.weight', shape: ['C'], start: ONE, group: 'pyra' },
  { name: 'pyra_norm.bias', shape: ['C'], start: ZERO, group: 'pyra' },
];

/** The matching, and r C for each generator. */
export const modulatedMacs =
  ({ channels, pairs }: Modulation) =>
  (shape: ReductionShape): number =>
    matchingMacs(shape) + (Number(channels) + Number(pairs)) * shape.r * shape.channels;

const modulation = { channels: true, pairs: true };

/** PYRA, Xiong et al., ECCV 2024, arXiv 2403.09192. */
export const pyra = defineMethod({
  name: 'pyra',
  label: 'PYRA',
  line: 'ToMe, and learned weights re-activate tokens before they merge.',
  explanation: [
    'Pairs are ToMe’s: the r most similar by their keys, merged by the patches they stand for. Before that, PYRA changes the token that is about to merge with two learned generators.',
    'W_b starts at 0, so PYRA starts equal to ToMe. It costs r + D weights a block, and the LayerNorm’s 2 D.',
  ],
  equations: [
    'M = LayerNorm(s_{src} src + s_{dst} dst)',
    'g_D = 2 σ(W_a^T M), g_r = 2 σ(M W_b^T) − 1',
    'src ← src + src ⊙ g_D ⊙ g_r',
  ],
  reducer: { pairing: 'similarity', weight: 'size', modulation },
  compared: true,
  options: pyraOptions,
  weights: pyraWeights(KAIMING),
  macs: modulatedMacs(modulation),
});
