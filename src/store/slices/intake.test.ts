import { describe, expect, it } from 'vitest';
import { bench, settle } from '../../testing/page/store-bench.js';
import { problemAt, shownSuited } from '../facts.js';

const given = (name: string, bytes = 1) => ({ path: name, file: new File([new Uint8Array(bytes)], name) });

describe('a single picture', () => {
  it('goes to the map and not to the data, while a run trains as well', async () => {
    const { api, store } = bench();
    await store.getState().start();
    await store.getState().give([given('cat.JPG')]);
    expect(store.getState()).toMatchObject({ picture: { part: 'own', index: 0 }, offered: { name: 'cat.JPG' }, column: 'watch' });
    expect(store.getState().configuration.data).toBe('task:texture');
    expect(store.getState().reading).toBe(false);
    api.hold = true;
    const training = store.getState().adapt();
    await settle();
    await store.getState().give(async () => ({ files: [given('dog.png')], folders: [] }));
    expect(store.getState().offered?.name).toBe('dog.png');
    expect(problemAt(store.getState(), 'intake')).toBeNull();
    api.finish();
    await training;
  });

  it('that cannot be read says so where pictures are chosen, and is offered nowhere', async () => {
    const { store } = bench();
    await store.getState().start();
    await store.getState().give([given('photo.heic', 0)]);
    expect(store.getState().offered).toBeNull();
    expect(problemAt(store.getState(), 'picture')?.message).toContain('photo.heic');
  });

  it('is shown to a run when that is asked for', async () => {
    const { store } = bench();
    await store.getState().start();
    await store.getState().adapt();
    await store.getState().give([given('cat.png')]);
    await store.getState().predictWith('run-0');
    expect(store.getState().sources.first).toEqual({ kind: 'run', runId: 'run-0' });
    store.getState().forgetOffered();
    expect(store.getState().offered).toBeNull();
  });
});

describe('own photographs', () => {
  it('take 96 pixels where fewer are set up, and a drawn task goes back', async () => {
    const { store } = bench();
    await store.getState().start();
    store.getState().configure({ imageSize: 48 });
    await store.getState().give([given('a.zip')]);
    expect(store.getState().configuration).toMatchObject({ data: 'my pictures', imageSize: 96 });
    expect(shownSuited(store.getState())).toMatchObject({ before: 48 });
    await store.getState().chooseData('task:shapes');
    expect(store.getState().configuration).toMatchObject({ data: 'task:shapes', imageSize: 48 });
  });

  it('stay below where the person chooses that afterwards, and with what a link says of the same data', async () => {
    const { store } = bench();
    await store.getState().start();
    await store.getState().give([given('a.zip')]);
    store.getState().chooseSize(48);
    expect(shownSuited(store.getState())).toBeNull();
    await store.getState().give([given('a.zip')]);
    expect(store.getState().configuration.imageSize).toBe(48);
  });
});
