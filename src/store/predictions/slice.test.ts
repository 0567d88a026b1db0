import { describe, expect, it } from 'vitest';
import { fakeRun } from '../../testing/page/fake-api.js';
import { bench, settle } from '../../testing/page/store-bench.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { obstacleToPredict, problemAt, shownLive, shownPredicted } from '../facts.js';

const file = (name: string): { path: string; file: File } => ({ path: name, file: new File(['x'], name, { type: 'image/png' }) });
const GIVEN = [file('a.png'), file('b.png')];
// What a browser hands over; the store only passes it on.
const FRAME: ImageBitmap = { width: 1, height: 1, close: () => undefined };

async function ready() {
  const made = bench();
  made.api.saved = [fakeRun('one', PAPER_RECIPE, 'finished', 3), fakeRun('two', PAPER_RECIPE, 'finished', 3)];
  await made.store.getState().start();
  return made;
}

describe('asking a run about pictures', () => {
  it('goes to their screen, and brings the rows and what was left out', async () => {
    const { api, store } = await ready();
    await store.getState().predictGiven('one', GIVEN);
    expect(api.calls).toContain('beginPredicting one 2');
    expect(store.getState().screen).toBe('predict');
    const shown = shownPredicted(store.getState());
    expect(shown).toMatchObject({ phase: 'done', pictures: 4 });
    expect(shown?.rows.map(({ picture, index }) => [picture, index])).toEqual([
      ['a.png', 0],
      ['b.png', 1],
      ['c.png', 2],
    ]);
    expect(shown?.skipped.map(({ name }) => name)).toEqual(['notes.txt', 'broken.png']);
    expect(store.getState().announcement).toBe('3 pictures predicted, 2 left out.');
  });

  it('hands many files over in portions', async () => {
    const { api, store } = await ready();
    await store.getState().predictGiven(
      'one',
      Array.from({ length: 250 }, (_, index) => file(`${index}.png`)),
    );
    expect(api.calls.filter((call) => call.startsWith('offer'))).toEqual(['offer 50', 'offer 50', 'offer 50', 'offer 50']);
    expect(api.calls).toContain('beginPredicting one 50');
  });

  it('says where there is no picture, and shows nothing', async () => {
    const { api, store } = await ready();
    api.pictures = [];
    await store.getState().predictGiven('one', GIVEN);
    expect(problemAt(store.getState(), 'predict')?.code).toBe('data.empty');
    expect(shownPredicted(store.getState())).toBeNull();
  });

  it('keeps the predictions so far when it is stopped, and nothing if no picture was found yet', async () => {
    const { api, store } = await ready();
    api.holdBack('morePredictions');
    const asked = store.getState().predictGiven('one', GIVEN);
    await settle();
    store.getState().stopPredicting();
    api.release('morePredictions');
    await asked;
    expect(shownPredicted(store.getState())).toMatchObject({ phase: 'stopped', rows: [] });
    expect(api.calls).toContain('stopPredicting');

    api.holdBack('beginPredicting');
    const again = store.getState().predictGiven('one', GIVEN);
    await settle();
    expect(shownPredicted(store.getState())?.phase).toBe('opening');
    store.getState().stopPredicting();
    api.release('beginPredicting');
    await again;
    expect(shownPredicted(store.getState())).toBeNull();
  });

  it('shows no run the answers of another, nor of other weights', async () => {
    const { store } = await ready();
    await store.getState().predictGiven('one', GIVEN);
    store.getState().openPredict('two');
    expect(shownPredicted(store.getState())).toBeNull();
    await store.getState().predictGiven('two', GIVEN);
    store.getState().receiveRun({ ...fakeRun('two', PAPER_RECIPE, 'finished', 3), bestEpoch: 1 });
    expect(shownPredicted(store.getState())).toBeNull();
  });

  it('waits while a run trains, and stops where one begins to', async () => {
    const { api, store } = await ready();
    api.hold = true;
    void store.getState().adapt();
    await settle();
    await store.getState().predictGiven('one', GIVEN);
    expect(problemAt(store.getState(), 'predict')?.message).toMatch(/training or being measured/);
    expect(api.calls).not.toContain('beginPredicting one 2');
    api.finish();
    await settle();
    expect(obstacleToPredict(store.getState(), 'one')).toBeNull();
    api.holdBack('morePredictions');
    const asked = store.getState().predictGiven('one', GIVEN);
    await settle();
    void store.getState().adapt();
    await settle();
    api.release('morePredictions');
    await asked;
    expect(shownPredicted(store.getState())?.phase).toBe('stopped');
    api.finish();
  });

  it('asks for thumbnails of the rows in sight, and lets the others go', async () => {
    const { api, store } = await ready();
    await store.getState().predictGiven('one', GIVEN);
    await store.getState().loadPredictedThumbnails([0, 1]);
    await store.getState().loadPredictedThumbnails([1, 2]);
    expect(Object.keys(shownPredicted(store.getState())?.thumbnails ?? {})).toEqual(['1', '2']);
    expect(api.calls.filter((call) => call.startsWith('predictedThumbnail'))).toHaveLength(3);
  });
});

it('a predicted picture goes to the map, with the run that was asked', async () => {
  const { api, store } = await ready();
  await store.getState().predictGiven('one', GIVEN);
  await store.getState().lookAtPredicted(2);
  expect(api.calls).toContain('addPredictedPicture 2');
  const { picture, ownPictures, sources, screen, column, selectedId } = store.getState();
  expect({ picture, sources: sources.first, screen, column, selectedId }).toEqual({
    picture: { part: 'own', index: 4 },
    sources: { kind: 'run', runId: 'one' },
    ...{ screen: 'playground', column: 'watch', selectedId: 'one' },
  });
  expect(ownPictures.at(-1)).toEqual({ index: 4, name: 'c.png' });
  await store.getState().lookAtPredicted(3);
  expect(api.calls).not.toContain('addPredictedPicture 3');
});

describe('the camera', () => {
  it('is answered by the run that is asked, with and without its merging, and forgotten when it ends', async () => {
    const { api, store } = await ready();
    store.getState().openPredict('one');
    expect(await store.getState().lookLive(FRAME)).toBe(true);
    expect(await store.getState().lookLive(FRAME)).toBe(true);
    expect(shownLive(store.getState())).toMatchObject({ own: [5, 5], whole: [10, 10], look: { own: { tokens: 10 } } });
    store.getState().endLive();
    expect(shownLive(store.getState())).toBeNull();
    expect(api.calls).toContain('endLive');
  });

  it('is not answered while a run trains, with the reason', async () => {
    const { api, store } = await ready();
    api.hold = true;
    store.getState().openPredict('one');
    void store.getState().adapt();
    await settle();
    expect(await store.getState().lookLive(FRAME)).toBe(false);
    expect(problemAt(store.getState(), 'predict')?.message).toMatch(/training or being measured/);
    api.finish();
  });
});
