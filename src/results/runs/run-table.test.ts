import { expect, it } from 'vitest';
import { sketchRun } from '../../testing/page/run-records.js';
import { columnSpread, columnValue, COLUMNS, familiesOf, filterRuns } from './run-table.js';

const run = (seed: number, accuracy: number, method: 'tome' | 'pyra' | 'none' = 'pyra', schedule = 'high', notes?: string) =>
  sketchRun({
    configuration: { method, schedule, seed },
    accuracy,
    change: { name: `a run ${seed}`, ...(notes ? { notes } : {}) },
  });

it('filters by every word, in names, notes, methods, rates and seeds', () => {
  const runs = [run(0, 0.5), run(1, 0.5, 'tome'), run(2, 0.5, 'tome', 'low', 'the Good one')];
  const found = (filter: string): number[] => filterRuns(runs, filter).map(({ configuration }) => configuration.seed);
  expect(found('')).toEqual([0, 1, 2]);
  expect(found('tome')).toEqual([1, 2]);
  expect(found('ToMe high')).toEqual([1]);
  expect(found('good')).toEqual([2]);
  expect(found('seed 1')).toEqual([1]);
  expect(found('nothing')).toEqual([]);
});

it('groups by method and rate, with mean and deviation of each column', () => {
  const families = familiesOf([
    run(0, 0.5),
    run(1, 0.9, 'tome'),
    run(1, 0.7),
    run(0, 0.6, 'none', 'low'),
    run(1, 0.6, 'none', 'high'),
  ]);
  expect(families.map(({ runs }) => runs.length)).toEqual([2, 1, 2]);
  const [pyra] = families;
  const spread = columnSpread(pyra?.runs ?? [], 'accuracy');
  expect(spread?.mean).toBeCloseTo(0.6, 12);
  // Two values 0.2 apart: 0.2 / sqrt 2.
  expect(spread?.deviation).toBeCloseTo(Math.SQRT1_2 * 0.2, 12);
  expect(columnSpread(pyra?.runs ?? [], 'schedule')).toBeNull();
});

it('has a value for every column, and none where nothing was measured', () => {
  const finished = run(3, 0.5);
  expect(COLUMNS.map((column) => columnValue(finished, column))).toEqual([
    ...['high', 3, 0.5, 0.5, columnValue(finished, 'macroF1'), 1],
    ...[5e7, 100, 40_000, 20, 'texture (drawn)', 0],
  ]);
  expect(columnValue({ ...finished, test: null, validation: null }, 'accuracy')).toBeNull();
  expect(columnValue({ ...finished, test: null }, 'loss')).toBeNull();
});
