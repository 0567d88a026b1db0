import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Tracer } from '../../engine/model/types.js';
import { setUpRun } from '../../engine/training/setup.js';
import { MeanPixelNetwork } from '../../testing/mean-pixel-network.js';
import { SMALL_ARCHITECTURE } from '../../testing/small-architecture.js';
import type { WorkerEvent } from '../../protocol/api.js';
import type { StepMetrics } from '../../protocol/runs/run.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { Events } from '../events.js';
import { LiveMap, Looking } from './live-map.js';
import { Mapper } from './mapping.js';

const SIDE = 8;
const SETUP = setUpRun({ ...PAPER_RECIPE, imageSize: SIDE, method: 'none', peft: 'linear' }, SMALL_ARCHITECTURE, 2);
const STEP: StepMetrics = {
  ...{ runId: 'run', step: 0, epoch: 1, stepsPerEpoch: 9, totalSteps: 9, loss: 1, accuracy: 0, learningRate: 0.1 },
  ...{ imagesPerSecond: 1, secondsLeft: 1 },
};

const picture = (index: number) => ({ part: 'validation' as const, index });

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

/** A live map whose traces wait until they are told to end, and the indices of the pictures that were traced and sent. */
function bench() {
  const traced: number[] = [];
  const sent: WorkerEvent[] = [];
  const ends: (() => void)[] = [];
  const events = new Events();
  events.listen((event) => void sent.push(event));
  const trace = (pixels: Uint8Array): ReturnType<Tracer['trace']> => {
    traced.push(pixels[0] ?? NaN);
    return new Promise((resolve) => {
      ends.push(() => resolve({ logits: Float32Array.of(0, 0), blocks: [], milliseconds: 1 }));
    });
  };
  const network = new MeanPixelNetwork({ side: SIDE, classes: 2 });
  const live = new LiveMap({
    mapper: new Mapper({ setup: SETUP, tracer: { trace, destroy: () => undefined }, backbone: 'small' }),
    looking: new Looking(network, SETUP, () => Promise.reject(new Error('all pictures have one size here'))),
    datasets: {
      picture: async ({ index }) => ({ pixels: new Uint8Array(SIDE * SIDE * 4).fill(index), data: 'data', truth: null }),
    },
    ...{ events, runId: 'run', classes: ['a', 'b'], epoch: 1 },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** Ends the trace under way. */
  const end = async (): Promise<void> => {
    await settle();
    ends.shift()?.();
    await settle();
  };
  const maps = () => sent.flatMap((event) => (event.kind === 'map' ? [event.map] : []));
  return { live, traced, maps, end, settle };
}

it('a picture that is both watched and asked for is mapped once, and again after the usual time', async () => {
  const { live, traced, maps, end, settle } = bench();
  void live.watch(picture(1));
  await end();
  expect(traced).toEqual([1]);
  void live.watch(picture(2));
  const asked = live.map(picture(2));
  live.stepped(STEP);
  await end();
  expect((await asked).picture.index).toBe(2);
  live.stepped(STEP);
  await settle();
  expect(traced).toEqual([1, 2]);
  expect(maps().map((map) => map.picture.index)).toEqual([1]);
  vi.advanceTimersByTime(1001);
  live.stepped(STEP);
  await end();
  expect(traced).toEqual([1, 2, 2]);
  expect(maps().map((map) => map.picture.index)).toEqual([1, 2]);
});

it('a map that is sent and one that is asked for meanwhile share no memory, since each moves to the page', async () => {
  const { live, maps, end } = bench();
  void live.watch(picture(1));
  const asked = live.map(picture(1));
  await end();
  await end();
  const answered = await asked;
  const [event] = maps();
  expect(event?.picture.index).toBe(1);
  expect(answered.pixels.buffer).not.toBe(event?.pixels.buffer);
  expect(answered.probabilities.buffer).not.toBe(event?.probabilities.buffer);
});
