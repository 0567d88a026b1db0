import { KAIMING, ZERO } from '../trained-weights.js';
import { defineAdapter } from './unit.js';

/** Hu et al., ICLR 2022, arXiv 2106.09685: on the query, key and value weights, without a factor. */
export const lora = defineAdapter({
  name: 'lora',
  label: 'LoRA',
  tag: 'LoRA',
  line: 'A low-rank change of each block’s query, key and value weights.',
  phrase: (rank) => `LoRA of rank ${rank}`,
  equations: ['qkv = W h + b + B(A h), A: rank × D, B: 3 D × rank'],
  half: 'attention',
  size: 'loraRank',
  options: {
    loraRank: {
      kind: 'integer',
      label: 'LoRA rank',
      hint: 'Columns of the low-rank change; the paper uses 8.',
      flag: 'rank',
      help: "LoRA's rank (default: 8)",
      least: 1,
      most: 256,
      initial: 8,
    },
  },
  letters: 'LoRA',
  weights: [
    { name: 'attn.LoRA_a.weight', shape: ['size', 'C'], start: KAIMING, group: 'common' },
    { name: 'attn.LoRA_b.weight', shape: ['3C', 'size'], start: ZERO, group: 'common' },
  ],
  macs: ({ tokens, channels, size }) => tokens * size * (channels + 3 * channels),
});
