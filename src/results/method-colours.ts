import type { Method } from '../vit/methods/index.js';

/** A method's colour on white paper and on the page's two grounds. */
export interface MethodColours {
  readonly paper: string;
  readonly light: string;
  readonly dark: string;
}

const everywhere = (colour: string): MethodColours => ({ paper: colour, light: colour, dark: colour });

/**
 * The methods' colours: Okabe and Ito's palette, which colour-blind readers can distinguish. On the page some of them are darker on
 * light or lighter on dark, so that every mark has a contrast of 3 to 1.
 */
export const METHOD_COLOURS: Readonly<Record<Method, MethodColours>> = {
  none: { ...everywhere('#666666'), dark: '#8f8f8f' },
  tome: { ...everywhere('#e69f00'), light: '#c28600' },
  pyra: everywhere('#0072b2'),
  'pyra-channels': { ...everywhere('#56b4e9'), light: '#1d99df' },
  'pyra-pairs': everywhere('#d55e00'),
  random: everywhere('#009e73'),
  prune: { ...everywhere('#cc79a7'), light: '#cb75a5' },
};
