import { expect, it } from 'vitest';
import { outlinePaths, outlineWidth } from './outline.js';

it('places characters one after another by their advances', () => {
  expect(outlineWidth('ab', 10)).toBeCloseTo(outlineWidth('a', 10) + outlineWidth('b', 10), 12);
  expect(outlineWidth('ab', 20)).toBeCloseTo(2 * outlineWidth('ab', 10), 12);
  const shift = outlineWidth(' ', 1000);
  const [, first] = / d="M(-?\d+) /.exec(outlinePaths('l')) ?? [];
  const [, second] = / d="M(-?\d+) /.exec(outlinePaths(' l')) ?? [];
  expect(Number(second)).toBe(Number(first) + shift);
});

it('has an outline for every character of the figures, and a box for others', () => {
  const sign = outlinePaths('\u{1F600}');
  for (const character of 'Test accuracy (n = 5000), 51.5 % ± 0.3, PYRA – ToMe · “low” Ünïcode’s') {
    expect(outlinePaths(character)).not.toBe(sign);
  }
  expect(sign).toContain('l440 0');
});

it('slants the variable of a method’s name and sets its subscript smaller and below the line', () => {
  const pieces = [...outlinePaths('PYRA g_D high').matchAll(/<path(?: transform="([^"]*)")?/g)].map(([, transform]) => transform);
  expect(pieces[0]).toBeUndefined();
  expect(pieces[1]).toMatch(/^translate\(\d+ 0\) skewX\(-/);
  expect(pieces[2]).toMatch(/^translate\(\d+ [1-9]\d*\) scale\(0\.\d+\)$/);
  expect(pieces[3]).toMatch(/^translate\(\d+ 0\)$/);
  expect(outlineWidth('PYRA g_D', 8)).toBeLessThan(outlineWidth('PYRA gDD', 8));
});
