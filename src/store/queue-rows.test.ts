import { expect, it } from 'vitest';
import { combinations } from '../protocol/sweep.js';
import type { Configuration } from '../vit/configuration.js';
import { DEFAULT_CONFIGURATION } from './link.js';
import { queueTable } from './queue-rows.js';
import type { SweepEntry } from './state/sweep.js';

const entry = (configuration: Configuration, index: number): SweepEntry => ({
  id: String(index),
  name: '',
  configuration,
  state: 'waiting',
  runId: null,
  message: null,
});

const seeds = [10, 9];
const pairs = combinations(DEFAULT_CONFIGURATION, { methods: ['tome', 'pyra'], schedules: ['low', 'high'], seeds });

it('has a row for each method and rate in the order of the queue, and a column for each seed in their own order', () => {
  const table = queueTable(pairs.map(entry));
  expect(table.seeds).toEqual([9, 10]);
  expect(table.rows.map(({ configuration: { method, schedule } }) => `${method} ${schedule}`)).toEqual([
    'tome low',
    'pyra low',
    'tome high',
    'pyra high',
  ]);
  expect(table.rows.map(({ entries }) => [entries.get(10)?.id, entries.get(9)?.id])).toEqual([
    ['0', '4'],
    ['1', '5'],
    ['2', '6'],
    ['3', '7'],
  ]);
});

it('loses no entry that is queued a second time', () => {
  const [first] = pairs;
  const table = queueTable(first ? [first, first, first].map(entry) : []);
  expect(table.rows.map(({ entries }) => [...entries.values()].map(({ id }) => id))).toEqual([['0'], ['1'], ['2']]);
  expect(new Set(table.rows.map(({ key }) => key)).size).toBe(3);
});
