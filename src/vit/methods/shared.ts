/** What several methods have in common. */
import type { SwitchOption } from '../options.js';
import type { ReductionShape } from './unit.js';

export const proportionalAttention: SwitchOption = {
  kind: 'switch',
  label: 'Proportional attention',
  hint: 'In attention, a merged token counts once for each of its patches.',
  flag: 'no-proportional-attention',
  help: 'a merged token counts as one in attention, not as the patches it stands for: for backbones of masked autoencoding',
  initial: true,
};

/** The products of every even token with every odd one. */
export const matchingMacs = ({ tokens, headWidth }: ReductionShape): number =>
  Math.ceil(tokens / 2) * Math.floor(tokens / 2) * headWidth;
