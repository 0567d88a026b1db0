import { expect, it } from 'vitest';
import { fakeRun, FakeApi } from '../../testing/page/fake-api.js';
import { bench, settle } from '../../testing/page/store-bench.js';
import { problemAt } from '../facts.js';
import { DEFAULT_CONFIGURATION } from '../link.js';
import { runById, trainedExample } from '../run-lookup.js';
import { visibleRuns } from './runs.js';

const RUNS = ['shown', 'bare'].map((id) => fakeRun(id, DEFAULT_CONFIGURATION, 'finished', 2));

async function open(kept = new Map<string, string>()) {
  const api = new FakeApi();
  api.studied = { ...api.studied, runs: RUNS, weights: ['shown'] };
  const made = bench({ api, kept });
  await made.store.getState().start();
  await settle();
  return made;
}

it('is found by the ids of its runs, and never among a person’s own', async () => {
  const { store } = await open();
  expect(runById(store.getState(), 'bare')).toEqual(RUNS[1]);
  expect(visibleRuns(store.getState())).toEqual([]);
  expect(store.getState().studyShown).toBe(true);
});

it('shows a run’s map where its weights come with the page, and says where a cell’s pictures cannot be had', async () => {
  const { store } = await open();
  store.getState().select('bare');
  expect(store.getState().sources.first).toEqual({ kind: 'setup' });
  await store.getState().openCell('bare', 'test', 0, 1);
  expect(problemAt(store.getState(), 'results')?.message).toContain('its weights are not on this page');
  store.getState().select('shown');
  expect(store.getState().sources.first).toMatchObject({ kind: 'run', runId: 'shown' });
});

it('has an example of a trained PYRA, until a person has one of their own', async () => {
  const { store } = await open();
  expect(trainedExample(store.getState())?.id).toBe('shown');
  store.getState().receiveRun(fakeRun('untrained', DEFAULT_CONFIGURATION, 'stopped', 0));
  expect(trainedExample(store.getState())?.id).toBe('shown');
  store.getState().receiveRun(fakeRun('mine', DEFAULT_CONFIGURATION, 'finished', 2));
  expect(trainedExample(store.getState())?.id).toBe('mine');
});

it('has an example of the task that is set up before one of its schedule', async () => {
  const { store } = await open();
  const { schedule } = DEFAULT_CONFIGURATION;
  const other = schedule === 'low' ? 'high' : 'low';
  for (const [id, change] of Object.entries({
    'of another task': { data: 'task:shapes' },
    'of another rate': { schedule: other },
  }))
    store.getState().receiveRun(fakeRun(id, { ...DEFAULT_CONFIGURATION, ...change }, 'finished', 2));
  store.getState().configure({ data: 'task:shapes', schedule });
  expect(trainedExample(store.getState())?.id).toBe('of another task');
  store.getState().configure({ data: DEFAULT_CONFIGURATION.data, schedule: other });
  expect(trainedExample(store.getState())?.id).toBe('of another rate');
  store.getState().configure({ data: 'task:count' });
  expect(trainedExample(store.getState())?.id).toBe('of another rate');
});

it('is hidden at one press, closes what was open of it, and stays hidden on the next visit', async () => {
  const kept = new Map<string, string>();
  const { store } = await open(kept);
  store.getState().select('shown');
  store.getState().showStudy(false);
  expect(store.getState()).toMatchObject({ studyShown: false, selectedId: null, sources: { first: { kind: 'setup' } } });
  expect((await open(kept)).store.getState().studyShown).toBe(false);
});
