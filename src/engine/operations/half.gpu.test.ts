import { expect, test } from 'vitest';
import { Bench } from '../../testing/machines/bench.js';
import { checkTestMachine, testMachine } from '../../testing/machines/gpu.js';
import { Fixtures } from '../../testing/fixtures.js';
import { MOST_HALF, roundToHalves } from '../../vit/half.js';
import { packHalf, unpackHalf } from './half.js';

test.each([1, 2, 3, 127, 128, 129])('%d numbers are rounded to the nearest float16, ties to even', async (length) => {
  const random = new Fixtures(length);
  const special = [65_519, 1 + 2 ** -11, 1 + 3 * 2 ** -11, -1e9, 65_520, Infinity, 0, 2 ** -14];
  const spread = Array.from({ length }, () => (random.next() - 0.5) * 2 ** Math.floor(30 * random.next() - 12));
  const values = Float32Array.from([...special, ...spread].slice(0, length));
  const bench = new Bench(await testMachine());
  const packing = packHalf(bench.input('x', values));
  const unpacking = unpackHalf(packing.tensors.packed, bench.recorder.tensor('x', length));
  bench.recorder.record(packing);
  bench.recorder.record(unpacking);
  const { y } = await bench.run({ y: unpacking.tensors.y });
  expect(y).toEqual(roundToHalves(values.map((value) => Math.min(MOST_HALF, Math.max(-MOST_HALF, value)))));
  await checkTestMachine();
});
