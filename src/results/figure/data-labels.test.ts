import { expect, it } from 'vitest';
import type { RunRecord } from '../../protocol/runs/run.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { dataLabels } from './data-labels.js';

const run = (data: string, splitSeed: number, test: number, started = '2026-11-27T08:48:29.639Z'): RunRecord => {
  const made = fakeRun('id', { ...PAPER_RECIPE, data, splitSeed }, 'finished', 1);
  return { ...made, pictures: { ...made.pictures, train: 800, test }, started };
};

it('are names alone where these differ', () => {
  expect(dataLabels([run('a.zip', 0, 10), run('task:count', 1, 20)])).toEqual(['a.zip', 'count (drawn)']);
});

it('say only what differs between data sets of one name', () => {
  expect(dataLabels([run('a.zip', 0, 10), run('a.zip', 0, 20), run('b.zip', 0, 10)])).toEqual([
    'a.zip, 800 + 10 pictures',
    'a.zip, 800 + 20 pictures',
    'b.zip',
  ]);
  expect(dataLabels([run('a.zip', 0, 10), run('a.zip', 1, 10)])).toEqual(['a.zip, split 0', 'a.zip, split 1']);
});

it('are all different for data sets of one name, size and day', () => {
  const labels = dataLabels([
    run('a.zip', 0, 10),
    run('a.zip', 0, 10, '2026-11-27T09:00:00.000Z'),
    run('a.zip', 1, 10, '2026-11-27T09:00:00.000Z'),
  ]);
  expect(new Set(labels).size).toBe(3);
});
