import { defineMethod } from './unit.js';

export const none = defineMethod({
  name: 'none',
  label: 'No merging',
  line: 'All tokens go through all blocks: the accuracy to compare with.',
  explanation: ['Every block computes on all tokens.'],
  equations: [],
  reducer: null,
  compared: true,
  options: {},
  weights: [],
  macs: () => 0,
});
