import { describe, expect, it } from 'vitest';
import { bench, settle } from '../testing/page/store-bench.js';

describe('the pair that is explained', () => {
  it('is of the patch pointed at last, also when the pointer has left', () => {
    const { store } = bench();
    store.getState().point(5);
    store.getState().point(null);
    expect(store.getState().explained).toEqual({ patch: 5, held: false });
  });

  it('stays where it is held, until it is released', () => {
    const { store } = bench();
    store.getState().hold(5);
    store.getState().point(7);
    expect(store.getState()).toMatchObject({ pointed: 7, explained: { patch: 5, held: true } });
    store.getState().hold(null);
    store.getState().point(7);
    store.getState().point(8);
    expect(store.getState().explained).toEqual({ patch: 8, held: false });
  });

  it('is forgotten with its picture', async () => {
    const { store } = bench();
    await store.getState().start();
    store.getState().hold(5);
    await store.getState().setPicture({ part: 'photograph', index: 1 });
    await settle();
    expect(store.getState().explained).toBeNull();
  });
});

it('a playing slider stops at each block, and ends where it was asked to', () => {
  const { store, elapse } = bench();
  const seen: number[] = [];
  store.subscribe(({ block }, before) => {
    if (block !== before.block) seen.push(block);
  });
  store.getState().play(0, 3, 1);
  while (store.getState().playing) elapse();
  expect(seen).toEqual([1, 2, 3, 1]);
});
