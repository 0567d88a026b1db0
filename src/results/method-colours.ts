import type { Method } from '../vit/methods/index.js';

/** The methods' colours, the same everywhere: Okabe and Ito's palette, which colour-blind readers can distinguish. */
export const METHOD_COLOURS: Readonly<Record<Method, string>> = {
  none: '#666666',
  tome: '#e69f00',
  pyra: '#0072b2',
  'pyra-channels': '#56b4e9',
  'pyra-pairs': '#d55e00',
  random: '#009e73',
  prune: '#cc79a7',
};
