import type { Method } from '../vit/methods/index.js';

/** The same everywhere on the page, and told apart by colour-blind readers (Okabe and Ito's palette). */
export const METHOD_COLOURS: Readonly<Record<Method, string>> = {
  none: '#666666',
  tome: '#e69f00',
  pyra: '#0072b2',
  'pyra-channels': '#56b4e9',
  'pyra-pairs': '#d55e00',
  random: '#009e73',
  prune: '#cc79a7',
};
