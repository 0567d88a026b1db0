import { KAIMING } from '../trained-weights.js';
import { modulatedMacs, pyraOptions, pyraWeights } from './pyra.js';
import { defineMethod } from './unit.js';

const modulation = { channels: false, pairs: true };

export const pyraPairs = defineMethod({
  name: 'pyra-pairs',
  label: 'PYRA g_r',
  line: 'One learned weight for each pair of tokens: the other half of PYRA.',
  explanation: [
    'A row of the paper’s ablation: PYRA’s generator for the pairs alone. W_b starts at 0, so training begins as ToMe.',
  ],
  equations: ['M = LayerNorm(s_{src} src + s_{dst} dst)', 'g_r = 2 σ(M W_b^T) − 1', 'src ← src + src ⊙ g_r'],
  reducer: { pairing: 'similarity', weight: 'size', modulation },
  compared: false,
  options: pyraOptions,
  weights: pyraWeights(KAIMING),
  macs: modulatedMacs(modulation),
});
