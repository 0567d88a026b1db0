import { describe, expect, it } from 'vitest';
import { fakeRun } from '../testing/page/fake-api.js';
import { arrived } from '../testing/page/arrived.js';
import { bench, settle } from '../testing/page/store-bench.js';
import { cellCorrectable, dataInUse, obstacleToMeasure, obstacleToPredict, problemAt, runState, shownCell } from './facts.js';
import { DEFAULT_CONFIGURATION } from './link.js';
import { obstacleToAdapt } from './obstacles.js';
import { weightsAtHand } from './run-lookup.js';
import { combinations } from './slices/sweep.js';

describe('a run', () => {
  it('that is paused is called paused, and its sweep with it', async () => {
    const { api, state } = await arrived();
    api.hold = true;
    state().enqueue(combinations(DEFAULT_CONFIGURATION, { methods: ['tome'], schedules: ['low'], seeds: [0] }));
    const done = state().runSweep();
    await settle();
    const doing = (): string => {
      const run = state().runs['run-0'];
      return run ? runState(state(), run) : 'not there';
    };
    expect(doing()).toBe('running');
    await state().pause();
    expect([doing(), state().sweeping]).toEqual(['paused', 'paused']);
    await state().resume();
    expect([doing(), state().sweeping]).toEqual(['running', 'running']);
    await state().pauseSweep();
    expect([doing(), state().training]).toEqual(['paused', 'paused']);
    await state().runSweep();
    expect([doing(), state().training]).toEqual(['running', 'running']);
    api.finish();
    await done;
    expect(doing()).toBe('finished');
  });

  it('that nothing trains was cut off', async () => {
    const { state } = await arrived();
    expect(runState(state(), fakeRun('old', DEFAULT_CONFIGURATION, 'running', 1))).toBe('interrupted');
  });

  it('without a test part is not offered to be measured', async () => {
    const { api, state } = await arrived();
    const run = fakeRun('one', DEFAULT_CONFIGURATION, 'finished', 2);
    const untested = { ...run, id: 'two', pictures: { ...run.pictures, test: 0 } };
    api.saved = [run, untested];
    await state().loadSavedRuns();
    expect(obstacleToMeasure(state(), run)).toBeNull();
    expect(obstacleToMeasure(state(), untested)).toContain('no test part');
    state().select('two');
    await state().measureAgain('two');
    expect(api.calls.filter((call) => call.startsWith('measure'))).toEqual([]);
    expect(problemAt(state(), 'export')?.message).toContain('no test part');
  });

  it('whose record alone is here leaves the map to the backbone, until it comes with its weights', async () => {
    const { api, state } = await arrived();
    const run = fakeRun('bare', DEFAULT_CONFIGURATION, 'finished', 2);
    api.saved = [run];
    await state().loadSavedRuns();
    api.records.add('bare');
    expect(weightsAtHand(state(), run)).toBe(true);
    state().select('bare');
    await settle();
    expect(state().sources.first).toEqual({ kind: 'setup' });
    expect(problemAt(state(), 'map')).toBeNull();
    expect(weightsAtHand(state(), run)).toBe(false);
    expect(obstacleToPredict(state(), 'bare')).toContain('its weights are not on this page');
    state().select('bare');
    expect(state().sources.first).toEqual({ kind: 'setup' });
    state().receiveRun(run);
    expect(weightsAtHand(state(), run)).toBe(true);
  });

  it('keeps its error to itself', async () => {
    const { api, state } = await arrived();
    api.hold = true;
    const first = state().adapt();
    await settle();
    api.emit({ kind: 'error', runId: 'run-0', error: { code: 'gpu.lost', message: 'the device was lost' } });
    expect(problemAt(state(), 'run')?.message).toBe('the device was lost');
    api.finish();
    await first;
    const second = state().adapt();
    await settle();
    expect(problemAt(state(), 'run')).toBeNull();
    // A word of the first that comes late stands nowhere either.
    api.emit({ kind: 'error', runId: 'run-0', error: { code: 'file.unreadable', message: 'could not be kept' } });
    expect(problemAt(state(), 'run')).toBeNull();
    api.finish();
    await second;
    state().select('run-0');
    expect(problemAt(state(), 'run')?.message).toBe('could not be kept');
    await state().exportRun('run-0', 'onnx');
    expect(problemAt(state(), 'export')).not.toBeNull();
    state().select('run-1');
    expect(problemAt(state(), 'export')).toBeNull();
    expect(problemAt(state(), 'run')).toBeNull();
  });
});

describe('the set-up', () => {
  it('stays as it was while other runs are continued, measured and swept, and is in use again after', async () => {
    const { api, state, rest } = await arrived();
    const other = { ...DEFAULT_CONFIGURATION, seed: 7, method: 'tome' as const };
    api.saved = [fakeRun('cut', other, 'paused', 1), fakeRun('done', { ...other, seed: 9 }, 'finished', 2)];
    await state().loadSavedRuns();
    const { configuration } = state();
    api.hold = true;
    const going = state().continueRun('cut');
    await settle();
    expect(dataInUse(state())?.fingerprint).toBe('task:texture 7');
    api.finish();
    await going;
    await state().measureAgain('done');
    await rest();
    expect(state().configuration).toBe(configuration);
    expect(dataInUse(state())?.fingerprint).toBe('task:texture 0');
    expect(api.data?.fingerprint).toBe('task:texture 0');
  });

  it('is not overwritten by a sweep that goes on after a reload', async () => {
    const first = bench();
    await first.store.getState().start();
    first.api.hold = true;
    const choices = { methods: ['tome'], schedules: ['low', 'high'], seeds: [3] } as const;
    first.store.getState().enqueue(combinations(DEFAULT_CONFIGURATION, choices));
    void first.store.getState().runSweep();
    await settle();
    const { state, api } = await arrived({ kept: first.kept, hash: '#seed=5&method=pyra&schedule=8' });
    api.saved = [fakeRun('run-0', { ...DEFAULT_CONFIGURATION, method: 'tome', schedule: 'low', seed: 3 }, 'running', 3)];
    await state().loadSavedRuns();
    const { configuration } = state();
    await state().runSweep();
    expect(api.calls.filter((call) => /^(continue|adapt)/.test(call))).toHaveLength(2);
    expect(state().configuration).toEqual(configuration);
    expect(dataInUse(state())?.fingerprint).toBe('task:texture 5');
  });

  it('cannot be trained while a field holds what is out of its range', async () => {
    const { state } = await arrived();
    state().draft('LoRA rank', 'A whole number from 1 to 256.');
    expect(obstacleToAdapt(state())).toBe('LoRA rank: A whole number from 1 to 256.');
    state().draft('LoRA rank', null);
    expect(obstacleToAdapt(state())).toBeNull();
  });

  it('with a size that the patches do not divide cannot be trained, and says what would do', async () => {
    const { state } = await arrived({ hash: '#imageSize=50' });
    expect(obstacleToAdapt(state())).toContain('a multiple of 8 px');
  });

  it('says the range of an option that a link has outside it, and what is set instead', async () => {
    const { state } = await arrived({ hash: '#loraRank=0' });
    expect(problemAt(state(), 'link')?.message).toBe(
      "The link's option 'loraRank' is a whole number from 1 to 256, and 0 was given; the defaults are set instead.",
    );
    state().configure({ loraRank: 4 });
    state().followAddress('#loraRank=0');
    expect(problemAt(state(), 'link')?.message).toContain('the set-up stays as it was');
    expect(state().configuration.loraRank).toBe(4);
  });

  it('takes no schedule into the queue that its backbone cannot merge by', async () => {
    const { state } = await arrived();
    const bad = combinations(DEFAULT_CONFIGURATION, { methods: ['tome'], schedules: ['hihg'], seeds: [0] });
    expect(state().enqueue(bad)).toBe(false);
    expect(state().queue).toEqual([]);
    expect(problemAt(state(), 'sweep')?.message).toContain('hihg');
  });
});

describe('the pictures of a confusion matrix’s cell', () => {
  const DIGESTS = { train: '1', validation: '2', test: '3' };

  async function opened(dataFingerprint: typeof DIGESTS | null) {
    const { api, state } = await arrived();
    await state().give([{ path: 'a.zip', file: new File(['x'], 'a.zip') }]);
    const run = { ...fakeRun('one', state().configuration, 'finished', 2), dataFingerprint };
    api.saved = [run];
    await state().loadSavedRuns();
    await state().openCell('one', 'test', 0, 1);
    await state().loadThumbnails('test', 0, 3);
    return { api, state, run };
  }

  it('can be labelled otherwise, stay in the cell, and be what they were again', async () => {
    const { state, run } = await opened(DIGESTS);
    expect(cellCorrectable(state(), run)).toBe(true);
    await state().relabel('test', 2, 'b');
    expect(state().edits.labels).toEqual({ '2': 'b' });
    expect(shownCell(state(), 'one')?.indices).toEqual([1, 2]);
    expect(cellCorrectable(state(), run)).toBe(true);
    await state().undoRelabel();
    expect(state().edits.labels).toEqual({});
    expect(shownCell(state(), 'one')?.indices).toEqual([1, 2]);
  });

  it('cannot where the run does not know its pictures, or they are not those in use', async () => {
    const unknown = await opened(null);
    expect(cellCorrectable(unknown.state(), unknown.run)).toBe(false);
    const { state, run } = await opened(DIGESTS);
    state().configure({ splitSeed: 7 });
    await state().ensureData(state().configuration);
    expect(shownCell(state(), 'one')).toBeNull();
    expect(cellCorrectable(state(), run)).toBe(false);
  });
});
