import { describe, expect, it } from 'vitest';
import { fakeRun } from '../testing/page/fake-api.js';
import { arrived, rest } from '../testing/page/arrived.js';
import { bench, settle } from '../testing/page/store-bench.js';
import {
  dataInUse,
  modelInUse,
  problemAt,
  shownBenchmark,
  shownBrowsed,
  shownEstimate,
  shownMap,
  shownReports,
  shownThumbnail,
  shownUnderstanding,
} from './facts.js';
import { DEFAULT_CONFIGURATION } from './link.js';
import { obstacleToAdapt } from './obstacles.js';

const file = (name = 'x', bytes: BlobPart[] = []): File => new File(bytes, name);

describe('the data in use', () => {
  it('is absent from the moment that another is set up until that one is ready', async () => {
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

  it('that a link names and this browser does not have is reported as missing, not as loading', async () => {
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

  it('keeps the description of the last given files with them', async () => {
    const { state, rest } = await arrived();
    await state().give([{ path: 'x', file: file() }]);
    expect(shownUnderstanding(state())).toBe('Now in use: x.');
    state().configure({ data: 'task:count' });
    await rest();
    expect(shownUnderstanding(state())).toBe('');
  });

  it('reports files that cannot be read at the page’s head, never off screen', async () => {
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

describe('a schedule that does not fit', () => {
  it('is said at its field and not again above Adapt, which cannot be pressed', async () => {
    const { api, state, rest } = await arrived();
    let asked = 0;
    const { estimate } = api;
    api.estimate = async (configuration) => {
      asked++;
      return estimate.call(api, configuration);
    };
    state().configure({ schedule: '40,40,40' });
    await rest();
    expect(asked).toBe(0);
    expect(problemAt(state(), 'fit')).toBeNull();
    expect(obstacleToAdapt(state())).toBe('The schedule does not fit this backbone.');
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

it('an own picture that cannot be read is reported where it was chosen', async () => {
  const { state } = await arrived();
  await state().addOwnPicture(file('photo.heic'));
  expect(problemAt(state(), 'picture')?.message).toBe('photo.heic: is no picture');
  // It is not shown with another chosen picture either.
  await state().setPicture({ part: 'validation', index: 3 });
  expect(problemAt(state(), 'picture')).toBeNull();
  await state().addOwnPicture(file('photo.heic'));
  state().configure({ data: 'task:count' });
  expect(problemAt(state(), 'picture')).toBeNull();
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
