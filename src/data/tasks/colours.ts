import type { Random } from '../random.js';

/** sRGB, each channel from 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number];

function encode(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  return clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
}

/**
 * Converts OKLCH (Ottosson 2020), in which equal lightness looks equally light in every hue, to sRGB, clipped to the gamut. @param turn hue
 * in turns, from 0 to 1.
 */
export function oklch(lightness: number, chroma: number, turn: number): Colour {
  const a = chroma * Math.cos(2 * Math.PI * turn);
  const b = chroma * Math.sin(2 * Math.PI * turn);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

export interface Scheme {
  /** Two similar muted colours. */
  readonly ground: readonly [Colour, Colour];
  /** Two similar vivid colours, different from the ground in hue and lightness. */
  readonly figure: readonly [Colour, Colour];
  /** The colour of distracting forms, different from both. */
  readonly other: Colour;
  readonly dark: boolean;
}

/** Draws a muted ground, and a figure colour with low to high contrast to it. */
export function drawScheme(random: Random): Scheme {
  const dark = random.chance(0.5);
  const hue = random.unit();
  const ground = dark ? random.between(0.24, 0.42) : random.between(0.74, 0.92);
  const chroma = random.between(0.015, 0.075);
  const contrast = random.between(0.28, 0.5);
  const figure = Math.min(0.93, Math.max(0.22, dark ? ground + contrast : ground - contrast));
  const figureHue = hue + random.between(0.18, 0.82);
  const figureChroma = random.between(0.09, 0.18);
  return {
    ground: [oklch(ground, chroma, hue), oklch(ground + random.between(-0.08, 0.08), chroma, hue + random.between(-0.06, 0.06))],
    figure: [
      oklch(figure, figureChroma, figureHue),
      oklch(figure + random.between(-0.09, 0.09), figureChroma, figureHue + random.between(-0.07, 0.07)),
    ],
    other: oklch((ground + figure) / 2, random.between(0.04, 0.12), hue + random.between(0.3, 0.7)),
    dark,
  };
}
