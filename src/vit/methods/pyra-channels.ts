import { ZERO } from '../trained-weights.js';
import { modulatedMacs, pyraOptions, pyraWeights } from './pyra.js';
import { defineMethod } from './unit.js';

const modulation = { channels: true, pairs: false };

export const pyraChannels = defineMethod({
  name: 'pyra-channels',
  label: 'PYRA g_D',
  line: 'One learned weight for each channel, from all pairs: half of PYRA.',
  explanation: [
    'A row of the paper’s ablation: PYRA’s channel generator alone. The factor is g_D itself, and W_a starts at 0, so that training begins as ToMe.',
  ],
  equations: ['M = LayerNorm(s_{src} src + s_{dst} dst)', 'g_D = 2 σ(W_a^T M)', 'src ← src ⊙ g_D'],
  reducer: { pairing: 'similarity', weight: 'size', modulation },
  compared: false,
  options: pyraOptions,
  // With one generator alone its weights start at zero, so that training starts with plain merging.
  weights: pyraWeights(ZERO),
  macs: modulatedMacs(modulation),
});
