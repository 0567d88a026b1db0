import { expect, it } from 'vitest';
import { bench } from '../../testing/page/store-bench.js';
import { GIVE_WAY, giveWay } from './give-way.js';

/** A page whose clock stands until it is set, and the requests that reached the worker. */
function watched() {
  const { store } = bench();
  const page = new EventTarget();
  const asked: number[] = [];
  const clock = { now: 0 };
  giveWay(store, { giveWay: async (milliseconds) => void asked.push(milliseconds) }, page, () => clock.now);
  return { store, page, asked, clock };
}

it('asks for a processor when a person moves while a run trains, and not more often than is needed', () => {
  const { store, page, asked, clock } = watched();
  store.setState({ training: 'running' });
  for (clock.now = 1000; clock.now < 1000 + 3 * GIVE_WAY.between; clock.now += 10) page.dispatchEvent(new Event('pointermove'));
  expect(asked).toEqual(Array.from({ length: 3 }, () => GIVE_WAY.milliseconds));
  clock.now += GIVE_WAY.between;
  page.dispatchEvent(new Event('keydown'));
  expect(asked).toHaveLength(4);
});

it('asks for nothing where nothing trains, or nobody moves', () => {
  const { store, page, asked } = watched();
  page.dispatchEvent(new Event('pointerdown'));
  store.setState({ training: 'paused' });
  page.dispatchEvent(new Event('pointerdown'));
  store.setState({ training: 'running' });
  page.dispatchEvent(new Event('resize'));
  expect(asked).toEqual([]);
});
