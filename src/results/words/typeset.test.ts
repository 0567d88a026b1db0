import { expect, it } from 'vitest';
import { typeset } from './typeset.js';

it.each([
  ["3 heads, from the file's metadata.", '3 heads, from the file’s metadata.'],
  ["the files' names", 'the files’ names'],
  ["the shards' names, and column 'dx' of a.csv", 'the shards’ names, and column “dx” of a.csv'],
  ["'Cat' and 'cat' are taken for one class", '“Cat” and “cat” are taken for one class'],
  ["the link's option 'epocs' (perhaps 'epochs')", 'the link’s option “epocs” (perhaps “epochs”)'],
  ["the class 'a cat's bed' is new", 'the class “a cat’s bed” is new'],
  ['resized to 96 x 96 directly', 'resized to 96 × 96 directly'],
  ['a matrix of 3 x 4 x 5', 'a matrix of 3 × 4 × 5'],
  ["'-1' is no seed", '“-1” is no seed'],
  ['an axis x of 3', 'an axis x of 3'],
])('%s', (plain, shown) => {
  expect(typeset(plain)).toBe(shown);
});
