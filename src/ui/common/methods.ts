import type { Method, Peft } from '../../vit/configuration.js';

/** How each method is called and coloured, the same everywhere on the page. */
export const METHOD_STYLE: Readonly<Record<Method, { readonly name: string; readonly colour: string; readonly line: string }>> = {
  none: {
    name: 'No merging',
    colour: 'var(--method-none)',
    line: 'All tokens go through all blocks: the accuracy to compare with.',
  },
  tome: {
    name: 'ToMe',
    colour: 'var(--method-tome)',
    line: 'The most similar tokens of each block are averaged; nothing is learned for it.',
  },
  pyra: { name: 'PYRA', colour: 'var(--method-pyra)', line: 'ToMe, and learned weights re-activate tokens before they merge.' },
  'pyra-channels': {
    name: 'PYRA g_D',
    colour: 'var(--method-pyra-channels)',
    line: 'One learned weight for each channel, from all pairs: half of PYRA.',
  },
  'pyra-pairs': {
    name: 'PYRA g_r',
    colour: 'var(--method-pyra-pairs)',
    line: 'One learned weight for each pair of tokens: the other half of PYRA.',
  },
};

export const PEFT_STYLE: Readonly<Record<Peft, { readonly name: string; readonly line: string }>> = {
  lora: { name: 'LoRA', line: 'A low-rank change of each block’s query, key and value weights.' },
  adapter: { name: 'Adapter', line: 'A small bottleneck after each block’s MLP.' },
  both: { name: 'Both', line: 'LoRA in the attention and an adapter after the MLP.' },
  linear: { name: 'Linear', line: 'Only the classification head: the cheapest thing to beat.' },
};
