import { describe, expect, it } from 'vitest';
import type { Configuration } from '../vit/configuration.js';
import { fakeMap, fakeRun } from '../testing/page/fake-api.js';
import { bench, settle } from '../testing/page/store-bench.js';
import {
  dataInUse,
  foreignClasses,
  mapWords,
  modelInUse,
  obstacleToMeasure,
  ofDataInUse,
  problemAt,
  runState,
  shownBenchmark,
  shownBrowsed,
  shownCell,
  shownEstimate,
  shownMap,
  shownReports,
  shownThumbnail,
  shownUnderstanding,
} from './facts.js';
import { dataOf } from './keys.js';
import { DEFAULT_CONFIGURATION } from './link.js';
import { obstacleToAdapt } from './obstacles.js';
import { combinations } from './slices/sweep.js';

/** A page with what it shows on arrival. */
async function arrived(options: Parameters<typeof bench>[0] = {}) {
  const made = bench(options);
  await made.store.getState().start();
  made.elapse();
  await settle();
  return { ...made, state: made.store.getState, rest: () => rest(made) };
}

/** Lets what is put off happen, and what follows from that, until nothing does. */
async function rest({ elapse }: { elapse: () => void }): Promise<void> {
  for (let round = 0; round < 4; round++) {
    elapse();
    await settle();
  }
}

const file = (name = 'x', bytes: BlobPart[] = []): File => new File(bytes, name);

describe('a map', () => {
  it('of a schedule, a method or a size that is no longer set up says so at once, until the new one is there', async () => {
    const { state, rest } = await arrived();
    for (const change of [
      { schedule: 'low' },
      { method: 'tome' },
      { imageSize: 128 },
      { proportionalAttention: false },
    ] as const) {
      expect(shownMap(state(), 'first')?.before, JSON.stringify(change)).toBe(false);
      state().configure(change);
      expect(shownMap(state(), 'first')?.before, JSON.stringify(change)).toBe(true);
      await rest();
    }
    expect(shownMap(state(), 'first')).toMatchObject({
      before: false,
      value: { configuration: { method: 'tome', schedule: 'low' } },
    });
  });

  it('of a backbone is made on pixels enough to see regions, whatever the size that training takes', async () => {
    const { state, rest } = await arrived();
    state().configure({ imageSize: 48 });
    await rest();
    expect(shownMap(state(), 'first')).toMatchObject({ before: false, value: { configuration: { imageSize: 96 } } });
    expect(state().configuration.imageSize).toBe(48);
  });

  it('is of a photograph at first, and of the pictures that are given', async () => {
    const { state, rest } = await arrived();
    expect(shownMap(state(), 'first')?.value).toMatchObject({ picture: { part: 'photograph', index: 0 }, data: null });
    await state().give([{ path: 'x', file: file() }]);
    await rest();
    expect(shownMap(state(), 'first')?.value).toMatchObject({ picture: { part: 'validation' }, data: 'my pictures 0' });
  });

  it('does not change with what does not change it', async () => {
    const { api, state, rest } = await arrived();
    const asked = api.calls.filter((call) => call.startsWith('map')).length;
    state().configure({ epochs: 3, loraRank: 4 });
    expect(shownMap(state(), 'first')?.before).toBe(false);
    await rest();
    expect(api.calls.filter((call) => call.startsWith('map'))).toHaveLength(asked);
  });

  it('of a finished run does not stay under the backbone as set up', async () => {
    const { api, state, rest } = await arrived();
    api.hold = true;
    const done = state().adapt();
    await settle();
    api.emit({ kind: 'map', map: fakeMap({ runId: 'run-0', epoch: 1 }, { part: 'photograph', index: 0 }) });
    expect(shownMap(state(), 'first')?.value.weights).toEqual({ runId: 'run-0', epoch: 1 });
    api.finish();
    await done;
    await rest();
    const choosing = state().setSource('first', { kind: 'setup' });
    expect(shownMap(state(), 'first')?.before).toBe(true);
    await choosing;
    for (const schedule of ['low', '8', 'high']) {
      state().configure({ schedule });
      await rest();
      expect(shownMap(state(), 'first')).toMatchObject({
        before: false,
        value: { weights: 'backbone', configuration: { schedule } },
      });
    }
  });

  it('is gone with the data set that its picture is of', async () => {
    const { api, state, rest } = await arrived();
    await state().setPicture({ part: 'validation', index: 0 });
    await state().setSource('second', { kind: 'backbone', method: 'tome', schedule: 'low' });
    api.holdBack('map');
    await state().give([{ path: 'x', file: file() }]);
    await rest();
    expect(dataInUse(state())?.name).toBe('my pictures');
    expect(shownMap(state(), 'first')).toBeNull();
    expect(shownMap(state(), 'second')).toBeNull();
    api.release('map');
    await rest();
    expect(shownMap(state(), 'first')).toMatchObject({ before: false, value: { data: 'my pictures 0' } });
    expect(shownMap(state(), 'second')).toMatchObject({ before: false, value: { data: 'my pictures 0' } });
  });

  it('of another backbone says so until the new one is there', async () => {
    const { api, state, rest } = await arrived();
    api.keptBackbones = [{ name: 'vit', bytes: 5, answers: { heads: null, mean: null, std: null } }];
    await state().chooseModel('vit');
    expect(shownMap(state(), 'first')).toMatchObject({ before: true, value: { backbone: 'bundled' } });
    await rest();
    expect(shownMap(state(), 'first')).toMatchObject({ before: false, value: { backbone: 'vit' } });
  });

  it('of before is called what it was: backbone, method, schedule, size, and its picture where another is looked at', async () => {
    const { state } = await arrived();
    const words = (): string => {
      const shown = shownMap(state(), 'first');
      return shown?.before ? mapWords(state(), shown.value) : 'of now';
    };
    state().configure({ method: 'tome', schedule: 'low', imageSize: 160 });
    await state().refreshMap('first');
    expect(words()).toBe('of now');
    state().configure({ schedule: 'high', imageSize: 128 });
    expect(words()).toBe('backbone, ToMe low, 160 px');
    void state().setPicture({ part: 'validation', index: 7 });
    expect(words()).toBe('photograph: cat, backbone, ToMe low, 160 px');
  });

  it('of a run is called by the run and its epoch', async () => {
    const { state } = await arrived();
    await state().adapt();
    const [run] = Object.values(state().runs);
    const map = fakeMap({ runId: run?.id ?? '', epoch: 3 }, state().picture);
    expect(mapWords(state(), map)).toBe(`${run?.name}, epoch 3`);
    expect(mapWords(state(), fakeMap({ runId: 'deleted', epoch: 1 }, state().picture))).toBe('a run, epoch 1');
  });

  it('of a run that learnt another data set has that one’s classes', async () => {
    const { state, rest } = await arrived();
    await state().adapt();
    await rest();
    const [run] = Object.values(state().runs);
    const map = fakeMap({ runId: run?.id ?? '', epoch: 1 }, state().picture);
    expect(foreignClasses(state(), map)).toBeNull();
    state().configure({ data: 'task:count' });
    await rest();
    expect(foreignClasses(state(), map)).toBe(DEFAULT_CONFIGURATION.data);
    expect(foreignClasses(state(), fakeMap('backbone', state().picture))).toBeNull();
    state().configure({ data: DEFAULT_CONFIGURATION.data });
    expect(foreignClasses(state(), map)).toBeNull();
  });

  it('that answers too late for the picture or the data is not taken for another’s', async () => {
    const { api, state, rest } = await arrived();
    api.holdBack('map');
    const late = state().setPicture({ part: 'validation', index: 3 });
    state().configure({ data: 'task:count' });
    await rest();
    api.release('map');
    await late;
    const shown = shownMap(state(), 'first');
    expect(shown === null || shown.value.data === dataInUse(state())?.fingerprint).toBe(true);
    await rest();
    expect(shownMap(state(), 'first')).toMatchObject({ before: false, value: { data: 'task:count 0' } });
  });

  it('that cannot be made is a problem of that map alone', async () => {
    const { api, state, rest } = await arrived();
    const { map } = api;
    api.map = async () => ({ ok: false, error: { code: 'option.invalid', message: 'no map of this' } });
    await state().setPicture({ part: 'validation', index: 1 });
    expect(problemAt(state(), 'map')?.message).toBe('no map of this');
    api.map = map.bind(api);
    await state().setPicture({ part: 'validation', index: 2 });
    await rest();
    expect(problemAt(state(), 'map')).toBeNull();
  });
});

describe('the data in use', () => {
  it('is none from the moment that another is set up, until that is there', async () => {
    const { state, rest } = await arrived();
    state().configure({ seed: 3 });
    expect(dataInUse(state())).toBeNull();
    expect(shownThumbnail(state(), 'validation', 0)).toBeUndefined();
    expect(obstacleToAdapt(state())).toBe('The data is loading.');
    await rest();
    expect(dataInUse(state())?.fingerprint).toBe('task:texture 3');
    expect(obstacleToAdapt(state())).toBeNull();
  });

  it('of a restored run that is missing is named, and no other stands under its name', async () => {
    const { api, state, rest } = await arrived();
    await state().setPicture({ part: 'validation', index: 0 });
    const run = fakeRun('one', { ...DEFAULT_CONFIGURATION, data: 'flowers' }, 'finished', 2);
    api.give = async () => ({ ok: true, value: { kind: 'run', run } });
    await state().give([{ path: 'run.json', file: file('run.json') }]);
    await rest();
    expect(state().configuration.data).toBe('flowers');
    expect(dataInUse(state())).toBeNull();
    expect(shownMap(state(), 'first')).toBeNull();
    expect(problemAt(state(), 'data')?.message).toContain("'flowers'");
    expect(obstacleToAdapt(state())).toBe("The data set 'flowers' is not on this page: drop it anywhere, or choose another.");
    state().configure({ data: DEFAULT_CONFIGURATION.data });
    expect(problemAt(state(), 'data')).toBeNull();
    expect(obstacleToAdapt(state())).toBeNull();
  });

  it('that a link names and this browser has not is said to be missing, not to be loading', async () => {
    const { state } = await arrived({ hash: '#data=flowers' });
    expect(obstacleToAdapt(state())).toBe("The data set 'flowers' is not on this page: drop it anywhere, or choose another.");
  });

  it('is the one that was set up last, in whatever order the worker answers', async () => {
    const { api, state, rest } = await arrived();
    api.holdBack('useTask count 0');
    state().configure({ data: 'task:count' });
    await rest();
    state().configure({ data: 'task:shapes' });
    await rest();
    api.release('useTask count 0');
    await rest();
    expect(dataInUse(state())?.name).toBe('task:shapes');
    expect(api.data?.name).toBe('task:shapes');
  });

  it('of the same name with other pictures is another', async () => {
    const { api, state } = await arrived();
    await state().give([{ path: 'x', file: file() }]);
    await state().browse('train', 0);
    await state().loadThumbnails('train', 0, 2);
    expect(shownThumbnail(state(), 'train', 0)).toBeDefined();
    const { give } = api;
    api.give = async () => {
      const given = await give.call(api);
      if (given.ok && given.value.kind === 'data') {
        api.data = { ...given.value.data, fingerprint: 'other pictures' };
        return { ok: true, value: { kind: 'data', data: api.data } };
      }
      return given;
    };
    await state().give([{ path: 'x', file: file() }]);
    expect(shownThumbnail(state(), 'train', 0)).toBeUndefined();
    expect(shownBrowsed(state())).toBeNull();
  });

  it('keeps what was said of the last thing given to itself', async () => {
    const { state, rest } = await arrived();
    await state().give([{ path: 'x', file: file() }]);
    expect(shownUnderstanding(state())).toContain('x: drawn task');
    state().configure({ data: 'task:count' });
    await rest();
    expect(shownUnderstanding(state())).toBe('');
  });

  it('refuses nothing off screen: what was given and cannot be read is said at the page’s head', async () => {
    const { api, state } = await arrived();
    api.give = async () => ({
      ok: false,
      error: { code: 'file.unsupported', message: 'notes.txt: neither pictures nor weights' },
    });
    await state().give([{ path: 'notes.txt', file: file('notes.txt') }]);
    expect(problemAt(state(), 'intake')?.message).toContain('notes.txt');
    expect(problemAt(state(), 'data')).toBeNull();
  });
});

describe('thumbnails of a confusion cell', () => {
  const run = fakeRun('one', DEFAULT_CONFIGURATION, 'finished', 2);

  it('are those of the run’s data, gone with it, and there again when it comes back', async () => {
    const { api, state, rest } = await arrived();
    api.saved = [run];
    await state().loadSavedRuns();
    await state().openCell('one', 'test', 0, 1);
    expect(shownCell(state(), 'one')?.indices).toEqual([1, 2]);
    await state().loadThumbnails('test', 1, 2);
    expect(shownThumbnail(state(), 'test', 1)).toBeDefined();
    state().configure({ seed: 4 });
    expect(shownCell(state(), 'one')).toBeNull();
    await rest();
    expect(shownCell(state(), 'one')).toBeNull();
    expect(shownThumbnail(state(), 'test', 1)).toBeUndefined();
    state().configure({ seed: 0 });
    await rest();
    expect(shownCell(state(), 'one')?.indices).toEqual([1, 2]);
    await state().loadThumbnails('test', 1, 2);
    expect(shownThumbnail(state(), 'test', 1)).toBeDefined();
  });

  it('are there again by the run’s own seed, split and shares', async () => {
    const { api, state, rest } = await arrived();
    const own: Partial<Configuration> = { data: 'my pictures', splitSeed: 5, splitShares: [60, 20, 20] };
    const cases: readonly (readonly [Partial<Configuration>, Partial<Configuration>])[] = [
      [{ seed: 3 }, { seed: 4 }],
      [{ seed: 3 }, { data: 'task:count' }],
      [own, { splitShares: [80, 10, 10] }],
      [own, { splitSeed: 6 }],
      [own, { data: 'task:count' }],
    ];
    for (const [before, other] of cases) {
      api.kept = ['my pictures'];
      state().configure({ data: DEFAULT_CONFIGURATION.data, ...before });
      await rest();
      const run = fakeRun('run', state().configuration, 'finished', 3);
      expect(ofDataInUse(state(), run)).toBe(true);
      state().configure(other);
      await rest();
      expect(ofDataInUse(state(), run)).toBe(false);
      state().configure(dataOf(run.configuration));
      await rest();
      expect(ofDataInUse(state(), run)).toBe(true);
    }
  });

  it('are not looked up among another data set’s', async () => {
    const { api, state, rest } = await arrived();
    api.saved = [run];
    await state().loadSavedRuns();
    state().configure({ seed: 4 });
    await rest();
    await state().openCell('one', 'test', 0, 1);
    expect(shownCell(state(), 'one')).toMatchObject({ truth: 0, indices: null });
  });

  it('that come after a switch are nobody’s', async () => {
    const { api, state, rest } = await arrived();
    const { thumbnails } = api;
    let release = (): void => undefined;
    api.thumbnails = async (part, from, count) => {
      const answer = await thumbnails.call(api, part, from, count);
      await new Promise<void>((resolve) => (release = resolve));
      return answer;
    };
    const late = state().loadThumbnails('test', 7, 1);
    await settle();
    api.thumbnails = thumbnails.bind(api);
    const go = release;
    state().configure({ seed: 4 });
    await rest();
    go();
    await late;
    expect(shownThumbnail(state(), 'test', 7)).toBeUndefined();
  });
});

describe('the estimate', () => {
  it('is of the configuration, the backbone and the data that are set up, or none', async () => {
    const { state, rest } = await arrived();
    expect(shownEstimate(state())).not.toBeNull();
    state().configure({ batchSize: 8 });
    expect(shownEstimate(state())).toBeNull();
    await rest();
    expect(shownEstimate(state())).not.toBeNull();
    await state().give([{ path: 'x', file: file() }]);
    expect(shownEstimate(state())).toBeNull();
  });

  it('that cannot be made keeps Adapt from being pressed, for that set-up alone', async () => {
    const { api, state, rest } = await arrived();
    const { estimate } = api;
    api.estimate = async () => ({ ok: false, error: { code: 'option.invalid', message: 'rank: LoRA’s rank 200 is more than' } });
    state().configure({ loraRank: 200 });
    await rest();
    expect(problemAt(state(), 'fit')?.message).toContain('rank');
    expect(obstacleToAdapt(state())).toContain('cannot be trained');
    api.estimate = estimate.bind(api);
    state().configure({ loraRank: 8 });
    expect(problemAt(state(), 'fit')).toBeNull();
    expect(obstacleToAdapt(state())).toBeNull();
  });
});

describe('the benchmark', () => {
  it('measures with the size of pictures that is set up, and says what it was measured with', async () => {
    const { state } = await arrived();
    state().configure({ imageSize: 32 });
    await state().benchmark();
    expect(shownBenchmark(state())).toMatchObject({ before: false, value: { measured: [{ model: 'bundled', imageSize: 32 }] } });
    state().configure({ imageSize: 64 });
    expect(shownBenchmark(state())).toMatchObject({ before: true, value: { measured: [{ imageSize: 32 }] } });
  });

  it('and the golden files are of the adapter that ran them', async () => {
    const { api, state } = await arrived();
    await state().verify([]);
    expect(shownReports(state())).toMatchObject({ before: false, of: { adapter: 'test adapter' } });
    const { adapter } = state();
    if (adapter) api.emit({ kind: 'adapter', adapter: { ...adapter, name: 'another' } });
    expect(shownReports(state())).toMatchObject({ before: true, of: { adapter: 'test adapter' } });
  });
});

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

it('an own picture that cannot be read is said where it was asked for', async () => {
  const { state } = await arrived();
  await state().addOwnPicture(file('photo.heic'));
  expect(problemAt(state(), 'picture')?.message).toBe('photo.heic: is no picture');
  await state().addOwnPicture(file('photo.png', ['bytes']));
  expect(problemAt(state(), 'picture')).toBeNull();
  expect(state().picture).toEqual({ part: 'own', index: 0 });
});

describe('a backbone that is chosen while another is loading', () => {
  const answers = { heads: null, mean: null, std: null };
  const orders = ['loading first', 'chosen first'] as const;

  for (const there of [true, false]) {
    for (const order of orders) {
      it(`is the one in use, where the one loading is ${there ? 'there' : 'missing'} and is answered ${order}`, async () => {
        const made = bench({ hash: '#model=loading' });
        const { api, store } = made;
        api.keptBackbones = [...(there ? [{ name: 'loading', bytes: 5, answers }] : []), { name: 'chosen', bytes: 5, answers }];
        const held = ['useModel loading', 'useModel chosen'];
        if (!there) {
          const { useModel } = api;
          api.useModel = async (choice) => {
            if (choice.model === 'loading') await useModel.call(api, { ...choice, model: 'bundled' });
            return useModel.call(api, choice);
          };
          held[0] = 'useModel bundled';
        }
        for (const call of held) api.holdBack(call);
        const starting = store.getState().start();
        await settle();
        const choosing = store.getState().chooseModel('chosen');
        await settle();
        for (const call of order === 'loading first' ? held : [...held].reverse()) {
          api.release(call);
          await settle();
        }
        await Promise.all([starting, choosing]);
        await rest(made);
        expect(modelInUse(store.getState())?.name).toBe('chosen');
        expect(store.getState().configuration.model).toBe('chosen');
        expect(obstacleToAdapt(store.getState())).toBeNull();
      });
    }
  }

  it('and cannot be used leaves the one that was loading', async () => {
    const made = bench({ hash: '#model=loading' });
    const { api, store } = made;
    api.keptBackbones = [{ name: 'loading', bytes: 5, answers }];
    api.holdBack('useModel loading');
    const starting = store.getState().start();
    await settle();
    await store.getState().chooseModel('gone');
    api.release('useModel loading');
    await starting;
    await rest(made);
    expect(modelInUse(store.getState())?.name).toBe('loading');
    expect(obstacleToAdapt(store.getState())).toBeNull();
  });
});
