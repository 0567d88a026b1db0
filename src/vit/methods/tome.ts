import { matchingMacs, proportionalAttention } from './shared.js';
import { defineMethod } from './unit.js';

/** Token Merging, Bolya et al., ICLR 2023, arXiv 2210.09461. */
export const tome = defineMethod({
  name: 'tome',
  label: 'ToMe',
  line: 'The most similar tokens of each block are averaged; nothing is learned for it.',
  explanation: [
    'Each block matches its tokens by the similarity of their keys and merges the r most similar pairs, weighted by how many patches each stands for.',
  ],
  equations: ['dst ← (s_{dst} dst + s_{src} src) / (s_{dst} + s_{src})'],
  reducer: { pairing: 'similarity', weight: 'size', modulation: null },
  compared: true,
  options: { proportionalAttention },
  weights: [],
  macs: matchingMacs,
});
