import { expect, it } from 'vitest';
import { fakeRun } from '../../../testing/page/fake-api.js';
import { DEFAULT_CONFIGURATION } from '../../../store/link.js';
import { dataChoices } from './data-choice.js';

const RUNS = ['pets', 'task:texture', 'task:count'].map((data) =>
  fakeRun(data, { ...DEFAULT_CONFIGURATION, data }, 'finished', 1),
);
const shown = (setUp: string): [string, boolean][] => dataChoices(RUNS, setUp).map(({ label, current }) => [label, current]);

it('the figure opens with the data set that is set up, and knows where that has no points yet', () => {
  expect(shown('task:count')).toEqual([
    ['Count (drawn)', true],
    ['pets', false],
    ['Texture (drawn)', false],
  ]);
  expect(shown('my birds')).toEqual([
    ['pets', false],
    ['Texture (drawn)', false],
    ['Count (drawn)', false],
  ]);
});
