import { expect, it } from 'vitest';
import { fakeRun } from '../../../testing/page/fake-api.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { DEFAULT_CONFIGURATION } from '../../../store/link.js';
import { dataChoices } from './data-choice.js';

const RUNS = ['pets', 'task:texture', 'task:count'].map((data) =>
  fakeRun(data, { ...DEFAULT_CONFIGURATION, data }, 'finished', 1),
);
const shown = (setUp: string): [string, boolean][] => dataChoices(RUNS, setUp, {}).map(({ label, current }) => [label, current]);

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

it('weights without their record do not take the figure from runs of the same data set', () => {
  const [own] = RUNS;
  if (!own) throw new Error('no run');
  const bare = { ...own, id: 'bare', pictures: { train: 0, validation: 0, test: 0 } };
  const labels = (study: Record<string, RunRecord>): string[] =>
    dataChoices([bare, ...RUNS], 'pets', study).map(({ label }) => label);
  expect(labels({}).slice(0, 2)).toEqual([expect.stringMatching(/^pets, \d+ \+ \d+ pictures$/), 'pets, pictures not recorded']);
  // A person's own come before the study's all the same.
  expect(labels({ [own.id]: own })[0]).toBe('pets, pictures not recorded');
});
