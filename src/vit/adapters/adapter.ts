import { XAVIER, type Start } from '../trained-weights.js';
import { defineAdapter } from './unit.js';

const BIAS: Start = { kind: 'normal', std: 1e-6, truncated: false };

/** Houlsby et al., ICML 2019, arXiv 1902.00751, as NOAH and PYRA place it: on the MLP's output before the residual sum. */
export const adapter = defineAdapter({
  name: 'adapter',
  label: 'Adapter',
  tag: 'adapter',
  line: 'A small bottleneck after each block’s MLP.',
  phrase: (width) => `an adapter of width ${width}`,
  equations: ['y ← y + W_2 quickGELU(W_1 y + b_1) + b_2'],
  half: 'mlp',
  size: 'adapterWidth',
  options: {
    adapterWidth: {
      kind: 'integer',
      label: 'Adapter width',
      hint: 'Hidden units of the bottleneck.',
      flag: 'adapter-width',
      help: "the adapter's hidden width (default: 8)",
      least: 1,
      most: 1024,
      initial: 8,
    },
  },
  letters: 'adapter',
  weights: [
    { name: 'adapter.ln1.weight', shape: ['size', 'C'], start: XAVIER, group: 'common' },
    { name: 'adapter.ln1.bias', shape: ['size'], start: BIAS, group: 'common' },
    { name: 'adapter.ln2.weight', shape: ['C', 'size'], start: XAVIER, group: 'common' },
    { name: 'adapter.ln2.bias', shape: ['C'], start: BIAS, group: 'common' },
  ],
  macs: ({ tokensLeft, channels, size }) => 2 * tokensLeft * channels * size,
});
