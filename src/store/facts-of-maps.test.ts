import { describe, expect, it } from 'vitest';
import type { Configuration } from '../vit/configuration.js';
import { fakeMap, fakeRun } from '../testing/page/fake-api.js';
import { arrived } from '../testing/page/arrived.js';
import { settle } from '../testing/page/store-bench.js';
import { dataInUse, foreignClasses, mapWords, ofDataInUse, problemAt, shownCell, shownMap, shownThumbnail } from './facts.js';
import { dataOf } from './keys.js';
import { DEFAULT_CONFIGURATION } from './link.js';

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

  it('from before is labelled with its backbone, method, schedule and size, and with its picture if another one is chosen', async () => {
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

  it('of a picture chosen while a run trains is asked for before the worker has answered anything', async () => {
    const { api, state } = await arrived();
    api.hold = true;
    const training = state().adapt();
    await settle();
    expect(state().training).toBe('running');
    api.calls.length = 0;
    const watch = api.watch.bind(api);
    api.watch = async (request) => {
      await watch(request);
      return new Promise(() => undefined);
    };
    await state().setPicture({ part: 'validation', index: 4 });
    expect(api.calls).toEqual(['watch', 'map 4']);
    api.watch = watch;
    api.finish('stopped');
    await training;
  });

  it('follows a run that trains also where its picture is proposed when it has already begun', async () => {
    const { api, state, rest } = await arrived();
    let release = (): void => undefined;
    const drawn = new Promise<void>((resolve) => (release = resolve));
    const thumbnails = api.thumbnails.bind(api);
    api.thumbnails = async (...wanted) => {
      await drawn;
      return thumbnails(...wanted);
    };
    const given = state().give([{ path: 'x', file: new File([], 'x') }]);
    await settle();
    api.hold = true;
    const training = state().adapt();
    await rest();
    expect([state().training, state().picture.part]).toEqual(['running', 'photograph']);
    api.calls.length = 0;
    release();
    await given;
    await rest();
    expect(state().picture.part).toBe('validation');
    expect(api.calls).toContain('watch');
    const map = fakeMap({ runId: state().activeId ?? '', epoch: 1 }, state().picture);
    api.emit({ kind: 'map', map: { ...map, data: dataInUse(state())?.fingerprint ?? null } });
    expect(shownMap(state(), 'first')).toMatchObject({ before: false, value: { weights: { epoch: 1 } } });
    api.finish('stopped');
    await training;
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

  it('that arrive after a switch are ignored', async () => {
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
