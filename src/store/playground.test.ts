import { describe, expect, it } from 'vitest';
import type { GivenFile } from '../protocol/api.js';
import { fakeMap, fakeRun } from '../testing/page/fake-api.js';
import { bench, settle } from '../testing/page/store-bench.js';
import { DEFAULT_CONFIGURATION } from './link.js';
import { dataInUse, modelInUse, problemAt, shownEstimate, shownMap, shownUnderstanding } from './facts.js';
import { visibleRuns } from './slices/runs.js';
import { combinations } from './slices/sweep.js';

describe('the first visit', () => {
  it('has the model, the task and a map before anything is pressed', async () => {
    const { api, store, elapse } = bench();
    await store.getState().start();
    elapse();
    await settle();
    const state = store.getState();
    expect(state.connection).toBe('ready');
    expect(modelInUse(state)?.name).toBe('bundled');
    expect(dataInUse(state)?.name).toBe('task:texture');
    expect(api.calls).toEqual(['useTask texture 0', 'map 0']);
    expect(shownMap(state, 'first')).not.toBeNull();
    expect(shownEstimate(state)?.secondsPerEpoch).toBe(2);
  });

  it('says so when there is no adapter, and asks for nothing else', async () => {
    const { api, store } = bench();
    api.startError = { code: 'gpu.unavailable', message: 'no adapter' };
    await store.getState().start();
    expect(store.getState().connection).toBe('unavailable');
    expect(problemAt(store.getState(), 'connection')?.message).toBe('no adapter');
    expect(api.calls).toEqual([]);
  });

  it('follows a link, and names what the link needs and the page has not', async () => {
    const { store } = bench({ hash: '#data=flowers&method=tome&seed=3' });
    await store.getState().start();
    expect(store.getState().configuration).toMatchObject({ method: 'tome', seed: 3, data: 'flowers' });
    expect(problemAt(store.getState(), 'data')?.message).toContain("'flowers'");
  });
});

describe('the set-up', () => {
  it('writes every change to the address and refuses what is not valid', () => {
    const made = bench();
    expect(made.store.getState().configure({ loraRank: 4 })).toBe(true);
    expect(made.hash).toContain('loraRank=4');
    expect(made.store.getState().configure({ loraRank: 0 })).toBe(false);
    expect(made.store.getState().configuration.loraRank).toBe(4);
    expect(problemAt(made.store.getState(), 'setup')?.subject).toBe('loraRank');
  });

  it('draws the task again for another seed, and splits given data again for another split seed', async () => {
    const { api, store, elapse } = bench();
    await store.getState().start();
    store.getState().configure({ seed: 5 });
    elapse();
    await settle();
    expect(api.calls).toContain('useTask texture 5');
    await store.getState().give([{ path: 'x', file: new File([], 'x') }]);
    expect(store.getState().configuration.data).toBe('my pictures');
    store.getState().configure({ splitSeed: 2 });
    elapse();
    await settle();
    expect(api.calls).toContain('editData 2');
    store.getState().configure({ splitShares: [60, 20, 20] });
    elapse();
    await settle();
    expect(api.calls.filter((call) => call === 'editData 2')).toHaveLength(2);
  });

  it('reads the given files differently after a question was answered', async () => {
    const { api, store } = bench();
    await store.getState().start();
    await store.getState().give([{ path: 'x', file: new File([], 'x') }]);
    await store.getState().answerData('form', 'table');
    expect(api.calls).toContain('answerData form table');
    expect(dataInUse(store.getState())?.form).toBe('read by form table');
  });
});

describe('files by the thousand', () => {
  const files = (count: number): GivenFile[] =>
    Array.from({ length: count }, (_, i) => ({ path: `${i}`, file: new File([], `${i}`) }));

  it('go to the worker in portions', async () => {
    const { api, store } = bench();
    const told = new Set<string>();
    store.subscribe(({ busy }) => busy && told.add(`${busy.what} ${busy.done} of ${busy.total}`));
    await store.getState().give(files(250));
    expect([...told]).toContain('Handing the files over 0 of 250');
    expect(api.calls.filter((call) => call.startsWith('offer'))).toEqual(['offer 50', 'offer 50', 'offer 50', 'offer 50']);
    expect(shownUnderstanding(store.getState())).toBe('Now in use: 250 files.');
  });

  it('are listed with progress, and can be cancelled meanwhile', async () => {
    const { api, store } = bench();
    const given = store.getState().give(async (found, signal) => {
      found(1200);
      expect(store.getState().busy?.what).toBe('Listing the files: 1200');
      store.getState().cancelGiving();
      signal.throwIfAborted();
      return { files: files(1), folders: [] };
    });
    await given;
    expect(api.calls).toContain('cancelGiving');
    expect(store.getState()).toMatchObject({ reading: false, busy: null, understood: null });
    expect(store.getState().problems).toEqual({});
  });
});

it('class edits of a kept data set are found again after a reload', async () => {
  const first = bench();
  await first.store.getState().start();
  await first.store.getState().give([{ path: 'x', file: new File([], 'x') }]);
  await first.store.getState().editClasses({ a: 'b' });
  const second = bench({ kept: first.kept, hash: first.hash });
  second.api.kept = ['my pictures'];
  await second.store.getState().start();
  expect(dataInUse(second.store.getState())?.name).toBe('my pictures');
  expect(second.store.getState().edits.classes).toEqual({ a: 'b' });
  await second.store.getState().give([{ path: 'x', file: new File([], 'x') }]);
  expect(second.store.getState().edits.classes).toEqual({});
});

describe('training', () => {
  it('goes from idle through running to idle, and keeps the run', async () => {
    const { api, store } = bench();
    await store.getState().start();
    api.hold = true;
    const done = store.getState().adapt();
    await settle();
    expect(store.getState()).toMatchObject({ training: 'running', activeId: 'run-0', selectedId: 'run-0' });
    await store.getState().pause();
    expect(store.getState().training).toBe('paused');
    await store.getState().resume();
    api.finish();
    await done;
    expect(store.getState()).toMatchObject({ training: 'idle', activeId: null });
    expect(store.getState().runs['run-0']?.state).toBe('finished');
    expect(api.calls).toContain('watch nothing');
  });

  it('starts one run at a time', async () => {
    const { api, store } = bench();
    await store.getState().start();
    api.hold = true;
    const first = store.getState().adapt();
    await settle();
    await store.getState().adapt();
    expect(api.calls.filter((call) => call.startsWith('adapt')).length).toBe(1);
    api.finish();
    await first;
  });

  it('takes no other data meanwhile, and says so where it was dropped', async () => {
    const { api, store } = bench();
    await store.getState().start();
    api.hold = true;
    const done = store.getState().adapt();
    await settle();
    await store.getState().give([{ path: 'x', file: new File([], 'x') }]);
    expect(dataInUse(store.getState())?.name).toBe('task:texture');
    expect(problemAt(store.getState(), 'intake')?.message).toContain('training');
    api.finish();
    await done;
  });

  it('shows the live map of the watched picture only, and epochs of it beside', async () => {
    const { api, store } = bench();
    await store.getState().start();
    api.hold = true;
    const done = store.getState().adapt();
    await settle();
    api.emit({ kind: 'map', map: fakeMap({ runId: 'run-0', epoch: 1 }, { part: 'photograph', index: 0 }) });
    api.emit({ kind: 'map', map: fakeMap({ runId: 'run-0', epoch: 2 }, { part: 'photograph', index: 0 }) });
    api.emit({ kind: 'map', map: fakeMap({ runId: 'run-0', epoch: 2 }, { part: 'photograph', index: 0 }) });
    api.emit({ kind: 'map', map: fakeMap({ runId: 'run-0', epoch: 3 }, { part: 'photograph', index: 1 }) });
    expect(shownMap(store.getState(), 'first')?.value.weights).toEqual({ runId: 'run-0', epoch: 2 });
    api.emit({ kind: 'epochs', runId: 'run-0', epochs: [1] });
    expect(store.getState().keptEpochs['run-0']).toEqual([1]);
    await store.getState().setSource('second', { kind: 'run', runId: 'run-0', epoch: 1 });
    expect(shownMap(store.getState(), 'second')?.value.weights).toEqual({ runId: 'run-0', epoch: 1 });
    api.finish();
    await done;
  });
});

describe('runs', () => {
  it('can be brought back until the time to undo has passed', async () => {
    const { api, store, elapse } = bench();
    api.saved = [fakeRun('one', DEFAULT_CONFIGURATION, 'finished', 2)];
    await store.getState().start();
    elapse();
    store.getState().remove('one');
    expect(visibleRuns(store.getState())).toEqual([]);
    store.getState().undoRemove('one');
    elapse();
    expect(visibleRuns(store.getState()).map((run) => run.id)).toEqual(['one']);
    store.getState().remove('one');
    elapse();
    await settle();
    expect(api.calls.filter((call) => call.startsWith('delete'))).toEqual(['delete one']);
    expect(store.getState().runs).toEqual({});
  });

  it('that go away leave both maps', async () => {
    const { api, store } = bench();
    api.saved = [fakeRun('one', DEFAULT_CONFIGURATION, 'finished', 2)];
    await store.getState().start();
    await store.getState().setSource('first', { kind: 'run', runId: 'one', epoch: 1 });
    await store.getState().setSource('second', { kind: 'run', runId: 'one', epoch: 2 });
    expect(api.calls.slice(-2)).toEqual(['map 0 after epoch 1', 'map 0 after epoch 2']);
    store.getState().remove('one');
    expect(store.getState().sources).toEqual({ first: { kind: 'setup' }, second: null });
  });

  it('are measured again on their own data', async () => {
    const { api, store } = bench();
    api.saved = [fakeRun('one', { ...DEFAULT_CONFIGURATION, seed: 7 }, 'finished', 2)];
    await store.getState().start();
    const measuring = store.getState().measureAgain('one');
    expect(store.getState().measuringId).toBe('one');
    await measuring;
    expect(api.calls.slice(-3)).toEqual(['useTask texture 7', 'measure one', 'useTask texture 0']);
    expect(store.getState().runs['one']?.macs).toBe(1);
    expect(store.getState().measuringId).toBeNull();
  });

  it('keep their stars over a reload', () => {
    const first = bench();
    first.store.getState().star('one', true);
    const second = bench({ kept: first.kept });
    expect([...second.store.getState().starred]).toEqual(['one']);
  });

  it('say where it happened when an export fails', async () => {
    const { api, store } = bench();
    api.saved = [fakeRun('one', DEFAULT_CONFIGURATION, 'finished', 2)];
    await store.getState().start();
    store.getState().select('one');
    expect(await store.getState().exportRun('one', 'onnx')).toBeNull();
    expect(problemAt(store.getState(), 'export')?.message).toContain('nothing to export');
  });
});

describe('a sweep', () => {
  const choices = { methods: ['none', 'tome', 'pyra'] as const, schedules: ['low', 'high'], seeds: [0, 1] };

  it('has pairs beside each other, seed by seed, and does not repeat what is the same run', () => {
    const all = combinations(DEFAULT_CONFIGURATION, choices);
    expect(all.map(({ method, schedule, seed }) => `${method} ${schedule} ${seed}`)).toEqual([
      'none none 0',
      'tome low 0',
      'pyra low 0',
      'tome high 0',
      'pyra high 0',
      'none none 1',
      'tome low 1',
      'pyra low 1',
      'tome high 1',
      'pyra high 1',
    ]);
  });

  it('trains its entries one after the other', async () => {
    const { api, store } = bench();
    await store.getState().start();
    store.getState().enqueue(combinations(DEFAULT_CONFIGURATION, { ...choices, seeds: [0] }));
    await store.getState().runSweep();
    expect(store.getState().queue.map((entry) => entry.state)).toEqual(Array(5).fill('finished'));
    expect(api.calls.filter((call) => call.startsWith('adapt')).length).toBe(5);
    expect(store.getState().sweeping).toBe('idle');
  });

  it('of the one press compares PYRA with ToMe, and a second press adds nothing', async () => {
    const { api, store } = bench();
    await store.getState().start();
    await store.getState().compareMethods();
    expect(store.getState().queue.map((entry) => entry.state)).toEqual(Array(12).fill('finished'));
    await store.getState().compareMethods();
    expect(api.calls.filter((call) => call.startsWith('adapt')).length).toBe(12);
  });

  it('skips the entry that runs and goes on with the next', async () => {
    const { api, store } = bench();
    await store.getState().start();
    api.hold = true;
    store.getState().enqueue(combinations(DEFAULT_CONFIGURATION, { methods: ['tome'], schedules: ['low', 'high'], seeds: [0] }));
    const done = store.getState().runSweep();
    await settle();
    await store.getState().skip(store.getState().queue[0]?.id ?? '');
    await settle();
    api.finish();
    await done;
    expect(store.getState().queue.map((entry) => entry.state)).toEqual(['skipped', 'finished']);
  });

  it('survives a reload, and goes on with the run that was cut off', async () => {
    const first = bench();
    await first.store.getState().start();
    first.api.hold = true;
    first.store
      .getState()
      .enqueue(combinations(DEFAULT_CONFIGURATION, { methods: ['tome'], schedules: ['low', 'high'], seeds: [0] }));
    void first.store.getState().runSweep();
    await settle();

    const second = bench({ kept: first.kept });
    second.api.saved = [fakeRun('run-0', { ...DEFAULT_CONFIGURATION, method: 'tome', schedule: 'low' }, 'running', 3)];
    await second.store.getState().start();
    expect(second.store.getState().queue.map((entry) => entry.state)).toEqual(['waiting', 'waiting']);
    await second.store.getState().runSweep();
    expect(second.api.calls.filter((call) => /^(continue|adapt)/.test(call))).toEqual([
      'continue run-0',
      'adapt ToMe high, LoRA 8, seed 0',
    ]);
  });
});
