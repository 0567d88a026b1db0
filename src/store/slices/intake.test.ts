import { describe, expect, it } from 'vitest';
import { bench, settle } from '../../testing/page/store-bench.js';
import { problemAt, shownBrowsed, shownSuited, shownThumbnail } from '../facts.js';

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

  it('stay at what a link says, but for what the page itself begins with', async () => {
    const linked = bench({ hash: '#imageSize=32' });
    await linked.store.getState().start();
    await linked.store.getState().give([given('a.zip')]);
    expect(linked.store.getState().configuration.imageSize).toBe(32);
    expect(linked.store.getState().suited).toBeNull();
    // The bench's adapter is a graphics card, where the page begins with 96.
    const own = bench({ hash: '#imageSize=96' });
    await own.store.getState().start();
    expect(own.store.getState().sizeChosen).toBeNull();
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

describe('labels', () => {
  it('are corrected by the class’s name as it stands there, kept for the next visit, and taken back', async () => {
    const kept = new Map<string, string>();
    const { api, store } = bench({ kept });
    await store.getState().start();
    await store.getState().give([given('a.zip')]);
    await store.getState().editClasses({ b: 'bird' });
    await store.getState().loadThumbnails('train', 0, 3);
    await store.getState().browse('train', 1);
    const gone: string[] = [];
    const stop = store.subscribe((state) => {
      for (const index of [0, 1, 2]) if (!shownThumbnail(state, 'train', index)) gone.push(`thumbnail ${index}`);
      if (!shownBrowsed(state)?.indices) gone.push('the class that is looked through');
    });
    await store.getState().relabel('train', 2, 'bird');
    stop();
    // Nothing that is shown disappears and comes back.
    expect(gone).toEqual([]);
    expect(store.getState().edits).toMatchObject({ classes: { b: 'bird' }, labels: { '2': 'b' } });
    await store.getState().loadThumbnails('train', 0, 3);
    await store.getState().relabel('train', 0, 'a');
    expect(store.getState().edits.labels).toEqual({ '2': 'b', '0': 'a' });
    await store.getState().undoRelabel();
    expect(store.getState().edits.labels).toEqual({ '2': 'b' });
    // A class is edited, and the corrections stay.
    await store.getState().editClasses({});
    expect(store.getState().edits.labels).toEqual({ '2': 'b' });
    api.kept = ['my pictures'];
    const again = bench({ kept, api, hash: '#data=my pictures' });
    await again.store.getState().start();
    expect(again.store.getState().edits.labels).toEqual({ '2': 'b' });
    expect(again.store.getState().labelsBefore).toEqual([]);
  });

  it('of a drawn task, and of a picture that is not there, stay', async () => {
    const { api, store } = bench();
    await store.getState().start();
    await store.getState().loadThumbnails('train', 0, 1);
    await store.getState().relabel('train', 0, 'b');
    await store.getState().give([given('a.zip')]);
    await store.getState().relabel('train', 7, 'b');
    expect(store.getState().edits.labels ?? {}).toEqual({});
    expect(api.calls.filter((call) => call.startsWith('editData'))).toEqual([]);
  });
});
