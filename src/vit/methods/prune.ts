import { matchingMacs } from './shared.js';
import { defineMethod } from './unit.js';

export const prune = defineMethod({
  name: 'prune',
  label: 'Prune',
  line: 'A control: the tokens that ToMe would merge away are dropped, and nothing takes them up.',
  explanation: [
    'What merging is worth against leaving out: each block matches its tokens as ToMe does and drops the r that are most similar to another. What they held is gone.',
  ],
  equations: ['dst ← dst'],
  reducer: { pairing: 'similarity', weight: 'zero', modulation: null },
  compared: false,
  // Every remaining token stands for one patch, so there are no sizes by which attention could be weighted.
  options: {},
  weights: [],
  macs: matchingMacs,
});
