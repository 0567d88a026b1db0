import { expect, it } from 'vitest';
import { bench, settle } from '../../testing/page/store-bench.js';
import { stayAwake } from './wake-lock.js';

/** A store and a browser that counts the locks it has given and not got back. */
function awake(refuses = false) {
  const { store } = bench();
  const locks = { asked: 0, held: 0 };
  let seen = (): void => undefined;
  stayAwake(store, {
    request: async () => {
      locks.asked++;
      if (refuses) throw new Error('the battery is low');
      locks.held++;
      return {
        release: async () => {
          locks.held--;
        },
      };
    },
    onSeen: (callback) => (seen = callback),
  });
  return { store, locks, see: () => seen() };
}

it('holds one lock from the start of a run to its end, and none while it is paused', async () => {
  const { store, locks } = awake();
  await settle();
  expect(locks).toEqual({ asked: 0, held: 0 });
  for (const training of ['starting', 'running', 'stopping'] as const) {
    store.setState({ training });
    await settle();
    expect(locks).toEqual({ asked: 1, held: 1 });
  }
  store.setState({ training: 'paused' });
  await settle();
  expect(locks.held).toBe(0);
  store.setState({ training: 'running' });
  store.setState({ training: 'idle' });
  await settle();
  expect(locks).toEqual({ asked: 2, held: 0 });
});

it('holds it from one run of a sweep to the next', async () => {
  const { store, locks } = awake();
  store.setState({ sweeping: 'running' });
  store.setState({ training: 'running' });
  store.setState({ training: 'idle' });
  await settle();
  expect(locks).toEqual({ asked: 1, held: 1 });
  store.setState({ sweeping: 'idle' });
  await settle();
  expect(locks.held).toBe(0);
});

it('asks again when the tab is seen again, only while it trains, and goes on where it is refused', async () => {
  const { store, locks, see } = awake();
  see();
  expect(locks.asked).toBe(0);
  store.setState({ training: 'running' });
  see();
  await settle();
  expect(locks).toEqual({ asked: 2, held: 1 });

  const refused = awake(true);
  refused.store.setState({ training: 'running' });
  await settle();
  refused.store.setState({ training: 'idle' });
  await settle();
  expect(refused.locks).toEqual({ asked: 1, held: 0 });
});
