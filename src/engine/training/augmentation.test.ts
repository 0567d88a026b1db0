import { expect, it } from 'vitest';
import { PixelCache, readBatches } from '../../data/batches.js';
import { changePicture, drawChange } from '../../data/pictures/augment.js';
import { colourDataset } from '../../testing/mean-pixel-network.js';
import { testCpu } from '../../testing/machines/cpu.js';
import { BATCH, CLASSES, options, SIDE, stateOn } from '../../testing/machines/small-network.js';
import { PAPER_RECIPE, withEpochs, type Configuration } from '../../vit/configuration.js';
import { networkOf } from '../model/network.js';
import type { Checkpoint, TrainedWeights } from './checkpoint.js';
import { TrainingSession } from './session.js';
import { setUpRun, startRecord } from './setup.js';

const ADAPTER = { name: 'none', vendor: '', architecture: '', description: '', kind: 'cpu' as const, features: [] };
const AUGMENTED = { flip: true, crop: 0.3, colour: 0.2 };

/** Trains the real network for two epochs of two steps, or for the rest of them after a checkpoint. */
async function train(threads: number, augmentation: Partial<Configuration>, checkpoint?: Checkpoint) {
  const { dropout, dropPath, seed, imageSize, schedule } = options;
  const configuration: Configuration = {
    ...withEpochs(PAPER_RECIPE, 2),
    ...{ dropout, dropPath, seed, imageSize, schedule: schedule.join(','), batchSize: BATCH, select: 'last' },
    ...augmentation,
  };
  const machine = await testCpu('cpu-simd', threads);
  const state = await stateOn(machine);
  const network = networkOf(machine, state, () => state.backbone.release());
  const pictures = new PixelCache(colourDataset({ train: 2 * BATCH, validation: 5, test: 5, classes: CLASSES }), SIDE);
  const setup = setUpRun(configuration, state.architecture, CLASSES);
  const dataFingerprint = { train: 'a', validation: 'b', test: 'c' };
  const record = startRecord({ ...{ setup, id: 'run', name: 'a run', adapter: ADAPTER, network, pictures }, dataFingerprint });
  const checkpoints: Checkpoint[] = [];
  const onCheckpoint = (made: Checkpoint): void => void checkpoints.push(made);
  const session = { network, pictures, record, events: { onCheckpoint }, ...(checkpoint ? { checkpoint } : {}) };
  const { weights, record: finished } = await new TrainingSession(session).run();
  expect(finished).toMatchObject({ state: 'finished', configuration: augmentation });
  network.destroy();
  machine.destroy();
  return { weights: weights ?? new Map<string, never>(), checkpoints };
}

const bytesOf = (weights: TrainedWeights): string =>
  [...weights]
    .map(([name, { data }]) => `${name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`)
    .join();

it('an augmented run gives the same bits on one, two and three threads, and when it continues from a checkpoint', async () => {
  const one = await train(1, AUGMENTED);
  for (const threads of [2, 3]) expect(bytesOf((await train(threads, AUGMENTED)).weights)).toBe(bytesOf(one.weights));
  const behind = await train(1, AUGMENTED, one.checkpoints[0]);
  expect(behind.checkpoints).toHaveLength(1);
  expect(bytesOf(behind.weights)).toBe(bytesOf(one.weights));
  for (const option of ['flip', 'crop', 'colour'] as const) {
    const other = await train(1, { ...AUGMENTED, [option]: PAPER_RECIPE[option] });
    expect(bytesOf(other.weights), option).not.toBe(bytesOf(one.weights));
  }
});

it('each picture of a batch is changed by its own draw, and the cached pixels are not changed', async () => {
  const cache = new PixelCache(colourDataset({ train: 4, validation: 1, test: 1 }), SIDE);
  const change = (pixels: Uint8Array, index: number) => changePicture(pixels, SIDE, drawChange(AUGMENTED, 3, 1, index));
  const { value: batch } = await readBatches(cache, [2, 0], 2, { change }).next();
  const each = SIDE * SIDE * 4;
  for (const [position, index] of [2, 0].entries()) {
    const own = await cache.get(index);
    expect(batch!.pixels.subarray(position * each, (position + 1) * each)).toEqual(change(own, index));
    expect(own).toEqual(await cache.dataset.pixels(index, SIDE));
  }
});
