import { describe, expect, it } from 'vitest';
import { METHODS, methodUnit } from '../../vit/methods/index.js';
import { cutBeside, notationPieces, spoken, wordPieces } from '../../vit/names/notation.js';
import { wordsHtml, wordsSvg } from './set-words.js';

describe('the plain notation', () => {
  it('is split into italics, sub- and superscripts', () => {
    expect(notationPieces('g_D = W_{a b}^T')).toEqual([
      { tag: 'i', text: 'g' },
      { tag: 'sub', text: 'D' },
      { tag: 'span', text: ' = ' },
      { tag: 'i', text: 'W' },
      { tag: 'sub', text: 'a b' },
      { tag: 'sup', text: 'T' },
    ]);
  });
});

describe('methods’ names', () => {
  it('are never seen with an underscore', () => {
    for (const method of METHODS) {
      const { label } = methodUnit(method);
      for (const set of [spoken(label), wordsHtml(label), wordsSvg(label)]) expect(set).not.toMatch(/[_^]/);
    }
  });

  it('are set within other words, which stay as a person wrote them', () => {
    expect(wordPieces('PYRA g_D high, my_run').map(({ text }) => text)).toEqual(['PYRA ', 'g', 'D', ' high, my_run']);
    expect(spoken('PYRA g_r high, my_run')).toBe('PYRA g r high, my_run');
    expect(wordsHtml('<b> PYRA g_r')).toBe('&lt;b&gt; PYRA <i>g</i><sub>r</sub>');
  });

  it('return to the line after a subscript', () => {
    const shifts = [...wordsSvg('PYRA g_D high').matchAll(/font-size="([\d.]+)em"|dy="(-?[\d.]+)em"/g)];
    const [size, down, up] = shifts.map(([, small, shift]) => Number(small ?? shift));
    expect((size ?? 0) * (down ?? 0)).toBeCloseTo(-(up ?? 0), 2);
  });

  it('are not divided by a cut', () => {
    const text = 'the better PYRA g_D high';
    expect(text.slice(cutBeside(text, text.indexOf('_')))).toBe('PYRA g_D high');
    expect(cutBeside(text, 4)).toBe(4);
  });
});
