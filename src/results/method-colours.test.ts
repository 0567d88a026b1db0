import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METHODS } from '../vit/methods/index.js';
import { METHOD_COLOURS } from './method-colours.js';

const STYLES = readFileSync(new URL('../ui/styles/tokens.css', import.meta.url), 'utf8');

/** The page's colour of a name, the first for light and the last for dark. */
const pageColours = (name: string): string[] =>
  [...STYLES.matchAll(new RegExp(`--${name}: (#\\w{6});`, 'g'))].map(([, hex = '']) => hex);

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

it('computes contrasts as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

it.each(METHODS)('the marks of %s stand out from the grounds of both themes', (method) => {
  for (const ground of ['ground', 'raised']) {
    const grounds = pageColours(ground);
    expect(contrast(METHOD_COLOURS[method].light, grounds[0] ?? '')).toBeGreaterThanOrEqual(3);
    expect(contrast(METHOD_COLOURS[method].dark, grounds.at(-1) ?? '')).toBeGreaterThanOrEqual(3);
  }
});
