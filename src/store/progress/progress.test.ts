import { expect, it } from 'vitest';
import { bench, settle } from '../../testing/page/store-bench.js';
import { progressOf } from './progress.js';

const step = (runId: string, at: number) => ({
  kind: 'step' as const,
  metrics: {
    runId,
    step: at,
    epoch: 1 + Math.floor(at / 25),
    stepsPerEpoch: 25,
    totalSteps: 500,
    loss: 1,
    accuracy: 0.5,
    learningRate: 1e-3,
    imagesPerSecond: 100,
    secondsLeft: 500 - at,
  },
});

it('says how far a run is, from its start to its end', async () => {
  const { api, store } = bench();
  await store.getState().start();
  expect(progressOf(store.getState())).toBeNull();
  api.hold = true;
  const training = store.getState().adapt();
  await settle();
  expect(progressOf(store.getState())).toMatchObject({ phase: 'running', epoch: 1, epochs: 20, part: 0, secondsLeft: null });
  api.emit(step('run-0', 49));
  expect(progressOf(store.getState())).toMatchObject({ epoch: 2, part: 0.1, secondsLeft: 451, sweepRun: null });
  await store.getState().pause();
  expect(progressOf(store.getState())).toMatchObject({ phase: 'paused', part: 0.1 });
  api.finish();
  await training;
  expect(progressOf(store.getState())).toBeNull();
});

it('counts the runs that wait in a sweep, without those that were skipped', async () => {
  const { api, store } = bench();
  await store.getState().start();
  const { configuration } = store.getState();
  store.getState().enqueue([0, 1, 2, 3].map((seed) => ({ ...configuration, seed })));
  const [first] = store.getState().queue;
  await store.getState().skip(first?.id ?? '');
  api.hold = true;
  const sweeping = store.getState().runSweep();
  await settle();
  api.emit(step('run-0', 0));
  // Two more of 20 epochs of two seconds wait.
  expect(progressOf(store.getState())).toMatchObject({ sweepRun: 1, sweepRuns: 3, secondsLeft: 500, sweepSecondsLeft: 580 });
  api.hold = false;
  api.finish();
  await sweeping;
  expect(progressOf(store.getState())).toBeNull();
});

it('tells the system at the end where that was asked for and is allowed, once for a whole sweep', async () => {
  const { store, shown } = bench();
  await store.getState().start();
  await store.getState().adapt();
  expect(shown).toEqual([]);
  await store.getState().askToTell();
  await store.getState().adapt();
  expect(shown).toHaveLength(1);
  expect(shown[0]).toContain('finished after 20 epochs');
  const { configuration } = store.getState();
  store.getState().enqueue([4, 5].map((seed) => ({ ...configuration, seed })));
  await store.getState().runSweep();
  expect(shown.slice(1)).toEqual(['The sweep has ended: 2 of 2 runs are finished.']);
  await store.getState().askToTell();
  await store.getState().adapt();
  expect(shown).toHaveLength(2);
});

it('says that the browser refuses to tell', async () => {
  const { store, shown } = bench({ allowed: false });
  await store.getState().start();
  await store.getState().askToTell();
  expect(store.getState().telling).toBe('refused');
  await store.getState().adapt();
  expect(shown).toEqual([]);
});
