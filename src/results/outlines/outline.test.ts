import { expect, it } from 'vitest';
import { outlinePath, outlineWidth } from './outline.js';

it('places characters one after another by their advances', () => {
  expect(outlineWidth('ab', 10)).toBeCloseTo(outlineWidth('a', 10) + outlineWidth('b', 10), 12);
  expect(outlineWidth('ab', 20)).toBeCloseTo(2 * outlineWidth('ab', 10), 12);
  const shift = outlineWidth(' ', 1000);
  const [, first] = /^M(-?\d+) /.exec(outlinePath('l')) ?? [];
  const [, second] = /^M(-?\d+) /.exec(outlinePath(' l')) ?? [];
  expect(Number(second)).toBe(Number(first) + shift);
});

it('has an outline for every character of the figures, and a box for others', () => {
  const sign = outlinePath('\u{1F600}');
  for (const character of 'Test accuracy (n = 5000), 51.5 % ± 0.3, PYRA – ToMe · “low” Ünïcode’s') {
    expect(outlinePath(character)).not.toBe(sign);
  }
  expect(sign).toContain('l440 0');
});
