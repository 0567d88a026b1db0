import { expect, it } from 'vitest';
import { dataName, listed, modelName } from './names.js';

it.each([
  [[0], '0'],
  [[1, 0], '0, 1'],
  [[2, 0, 1, 1], '0–2'],
  [[0, 1, 2, 5, 7, 8], '0–2, 5, 7, 8'],
])('lists %j as %s', (numbers, words) => expect(listed(numbers)).toBe(words));

it('names drawn tasks and backbones in words', () => {
  expect([dataName('task:count'), dataName('flowers.zip')]).toEqual(['count (drawn)', 'flowers.zip']);
  expect([modelName('bundled'), modelName('vit-s.safetensors'), modelName('deit.v2')]).toEqual([
    'bundled ViT',
    'vit-s',
    'deit.v2',
  ]);
});
