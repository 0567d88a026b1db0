import { expect, it } from 'vitest';
import type { FullRow } from '../../protocol/benchmark/full.js';
import { arrived } from '../../testing/page/arrived.js';
import { shownFull } from '../facts.js';

const row = (what: string): FullRow => ({ section: 'missing', what, why: 'it did not fit into the time' });

it('a full benchmark shows its rows as they come, all of them, and counts for the machine that it was measured on', async () => {
  const { api, state } = await arrived();
  const { fullBenchmark } = api;
  api.fullBenchmark = async (minutes) => {
    expect(minutes).toBe(2);
    expect(state().diagnosing).toBe('full');
    api.emit({ kind: 'measured', row: row('first') });
    api.emit({ kind: 'measured', row: row('second') });
    return fullBenchmark.call(api, minutes);
  };
  await state().fullBenchmark(2);
  expect(state().fullRows).toEqual([row('first'), row('second')]);
  expect(state().diagnosing).toBeNull();
  expect(shownFull(state())).toMatchObject({ adapter: { name: 'test adapter' } });
  const { adapter } = state();
  if (adapter) api.emit({ kind: 'adapter', adapter: { ...adapter, name: 'another' } });
  expect(shownFull(state())).toBeNull();
  // Another begins with none.
  api.fullBenchmark = fullBenchmark;
  await state().fullBenchmark(2);
  expect(state().fullRows).toEqual([]);
});

it('a benchmark shows the rows of each machine as they come, until the whole is there', async () => {
  const { api, state } = await arrived();
  const { benchmark } = api;
  const of = { model: 'bundled', imageSize: 64, batchSize: 16, rows: [] };
  const seen: string[][] = [];
  api.benchmark = async (configuration) => {
    for (const adapter of ['card', 'card', 'processors']) {
      api.emit({ kind: 'benchmarked', soFar: { ...of, adapter } });
      seen.push(state().benchmarkedSoFar.map((machine) => machine.adapter));
    }
    api.emit({ kind: 'busy', what: 'card: PYRA low', done: 3, total: 5, secondsLeft: 4 });
    expect(state().busy).toEqual({ what: 'card: PYRA low', done: 3, total: 5, secondsLeft: 4 });
    return benchmark.call(api, configuration);
  };
  await state().benchmark();
  expect(seen).toEqual([['card'], ['card'], ['card', 'processors']]);
  expect(state()).toMatchObject({ benchmarkedSoFar: [], diagnosing: null, busy: null });
  expect(state().benchmarked).not.toBeNull();
});
