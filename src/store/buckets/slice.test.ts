import { expect, it } from 'vitest';
import { bench } from '../../testing/page/store-bench.js';
import { problemAt } from '../facts.js';
import { picturesOf } from './board.js';

const file = (name: string): File => new File([new Uint8Array([1, 2, 3])], name, { type: 'image/jpeg' });

/** Two classes of two pictures each, and one picture of none. */
async function sorted(made: ReturnType<typeof bench>) {
  const state = made.store.getState();
  const [cat, dog] = ['first', 'second'];
  state.renameBucket(cat, 'Cat');
  state.renameBucket(dog, 'Dog');
  await state.addToBoard([file('1.jpg'), file('2.jpg')], cat);
  await state.addToBoard([file('1.jpg'), file('3.jpg')], dog);
  await state.addToBoard([file('4.jpg')], null);
  return { cat, dog };
}

it('makes a data set of what was sorted, each class with its pictures', async () => {
  const made = bench();
  await made.store.getState().start();
  await sorted(made);
  made.store.getState().renameBoard('Pets');
  made.store.getState().show('classes');
  await made.store.getState().useBoard();
  expect(made.api.calls).toContain('giveByHand Pets: Cat 2, Dog 2');
  expect(made.api.calls.filter((call) => call === 'offer 2')).toHaveLength(2);
  expect(made.store.getState().configuration.data).toBe('Pets');
  expect(made.store.getState().screen).toBe('playground');
});

it('says of a picture that cannot be shown what a data set with it would say', async () => {
  const { store } = bench();
  await store.getState().addToBoard([file('photo.heic')], null);
  const [id = ''] = store.getState().sorting.board.loose;
  expect(await store.getState().whyUnreadable(id)).toBe('photo.heic: is a HEIC picture');
});

it('says what is lacking, and does nothing while a run trains', async () => {
  const { api, store } = bench();
  await store.getState().start();
  await store.getState().useBoard();
  expect(problemAt(store.getState(), 'classes')?.message).toContain('Two classes');
  expect(api.calls.some((call) => call.startsWith('giveByHand'))).toBe(false);
});

it('keeps the board for the next visit, and lets pictures go that were taken off it', async () => {
  const kept = new Map<string, string>();
  const shelved = new Map<string, Blob>();
  const made = bench({ kept, shelved });
  const { dog } = await sorted(made);
  expect(shelved.size).toBe(5);
  made.store.getState().removeFromBoard(picturesOf(made.store.getState().sorting.board, dog));
  // They can still come back.
  expect(shelved.size).toBe(5);
  made.store.getState().undoBoard();
  expect(picturesOf(made.store.getState().sorting.board, dog)).toHaveLength(2);
  made.store.getState().redoBoard();
  const again = bench({ kept, shelved });
  const { board, past } = again.store.getState().sorting;
  expect(board.buckets.map(({ name, pictures }) => [name, pictures.length])).toEqual([
    ['Cat', 2],
    ['Dog', 0],
  ]);
  expect(past).toEqual([]);
  expect(shelved.size).toBe(3);
});

it('takes a burst of the camera back in one step', async () => {
  const { store } = bench();
  const bucket = store.getState().addBucket();
  for (const [index, name] of ['a.jpg', 'b.jpg', 'c.jpg'].entries()) {
    await store.getState().addToBoard([file(name)], bucket, index > 0);
  }
  expect(picturesOf(store.getState().sorting.board, bucket)).toHaveLength(3);
  store.getState().undoBoard();
  expect(picturesOf(store.getState().sorting.board, bucket)).toEqual([]);
});

it('takes loose pictures that were given, which nothing tells the classes of', async () => {
  const { api, store } = bench();
  await store.getState().start();
  api.give = async () => ({ ok: false, error: { code: 'data.one-class', message: 'its 2 pictures lie in one folder' } });
  const given = ['x.jpg', 'y.jpg'].map((name) => ({ path: name, file: file(name) }));
  await store.getState().give([...given, { path: 'notes.txt', file: new File(['text'], 'notes.txt') }]);
  expect(store.getState().screen).toBe('classes');
  expect(store.getState().sorting.board.loose).toHaveLength(2);
  expect(problemAt(store.getState(), 'intake')).toBeNull();
  // An archive of pictures is not a picture, and the problem is reported.
  await store.getState().give([{ path: 'a.zip', file: new File(['zip'], 'a.zip') }]);
  expect(problemAt(store.getState(), 'intake')?.code).toBe('data.one-class');
});
