import { expect, it } from 'vitest';
import { nameOf, withoutTop } from './given-names.js';

const named = (...names: string[]) => names.map((name) => ({ name }));
const names = (sources: readonly { readonly name: string }[]): string[] => sources.map(({ name }) => name);

it('calls what was given by its one folder or its one file', () => {
  expect(nameOf(named('pets/cat/1.png', 'pets/2.png'), 'given files')).toBe('pets');
  expect(nameOf(named('a.png'), 'given files')).toBe('a.png');
  expect(nameOf(named('a.png', 'b.png'), 'given files')).toBe('given files');
  expect(nameOf(named('pets/1.png', 'more/2.png'), 'given files')).toBe('given files');
  expect(nameOf(named('pets/1.png', 'petshop.png'), 'given files')).toBe('given files');
  expect(nameOf([], 'given files')).toBe('given files');
});

it('names pictures from within the one folder on, as the command line does', () => {
  expect(names(withoutTop(named('pets/cat/1.png', 'pets/2.png')))).toEqual(['cat/1.png', '2.png']);
  expect(names(withoutTop(named('pets/1.png', 'more/2.png')))).toEqual(['pets/1.png', 'more/2.png']);
  expect(names(withoutTop(named('1.png', '2.png')))).toEqual(['1.png', '2.png']);
});
