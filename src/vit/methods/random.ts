import { proportionalAttention } from './shared.js';
import { defineMethod } from './unit.js';

export const random = defineMethod({
  name: 'random',
  label: 'Random',
  line: 'A control: pairs are drawn, the same for every picture, and merge as ToMe’s do.',
  explanation: [
    'What similarity is worth: the r pairs of each block are drawn from the run’s seed and the block alone, the same for every picture, in training and after it. They merge as ToMe’s do.',
  ],
  equations: ['dst ← (s_{dst} dst + s_{src} src) / (s_{dst} + s_{src})'],
  reducer: { pairing: 'random', weight: 'size', modulation: null },
  compared: false,
  options: { proportionalAttention },
  weights: [],
  macs: () => 0,
});
