import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { PixelCache } from '../../data/batches.js';
import { readGoldenFile } from '../../formats/golden.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { byteSourceFromPath } from '../../headless/inputs/files.js';
import { PAPER_RECIPE, withEpochs, type Configuration } from '../../vit/configuration.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { colourDataset } from '../../testing/mean-pixel-network.js';
import { createNetwork } from '../model/network.js';
import { WebGpuPictures } from '../machines/webgpu/pictures.js';
import type { Network } from '../model/types.js';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint.js';
import { evaluate } from './evaluation.js';
import { TrainingSession, type TrainingOutcome } from './session.js';
import { setUpRun, startRecord } from './setup.js';

const CLASSES = 3;
const dataFingerprint = { train: 'a', validation: 'b', test: 'c' };
const pictures = new PixelCache(colourDataset({ train: 13, validation: 7, test: 5 }), 48);
const configuration: Configuration = {
  ...withEpochs(PAPER_RECIPE, 3),
  imageSize: 48,
  method: 'pyra',
  peft: 'both',
  schedule: '7,5,3',
  batchSize: 4,
  learningRate: 3e-3,
};

const golden = await readGoldenFile(
  await byteSourceFromPath(fileURLToPath(new URL('../../../public/golden/pyra_distilled.safetensors', import.meta.url))),
);
const setup = setUpRun(configuration, golden.architecture, CLASSES);

async function makeNetwork(seed = configuration.seed): Promise<Network> {
  const reader = {
    shape: (name: string) => golden.weights.get(name)?.shape,
    read: async (name: string) => {
      const tensor = golden.weights.get(name);
      if (!tensor) throw new Error(`the golden file has no ${name}`);
      return tensor;
    },
  };
  return createNetwork(await testMachine(), golden.architecture, reader, { ...setup.options, seed });
}

/** @param options.keeps whether the card keeps the training part's pictures. */
async function train(options: { checkpoint?: Checkpoint; stopAfter?: number; keeps?: boolean } = {}): Promise<{
  outcome: TrainingOutcome;
  checkpoints: Checkpoint[];
}> {
  const { keepPictures, ...without } = await makeNetwork();
  const network: Network = options.keeps === false || !keepPictures ? without : { ...without, keepPictures };
  const checkpoints: Checkpoint[] = [];
  const adapter = (await testMachine()).adapter;
  const session = new TrainingSession({
    network,
    pictures,
    record: startRecord({ setup, id: 'run', name: 'a run', adapter, network, pictures, dataFingerprint }),
    ...(options.checkpoint ? { checkpoint: options.checkpoint } : {}),
    events: {
      onCheckpoint: (checkpoint) => {
        checkpoints.push(checkpoint);
        if (checkpoint.epoch === options.stopAfter) session.stop();
      },
    },
  });
  const outcome = await session.run();
  network.destroy();
  return { outcome, checkpoints };
}

let whole: ReturnType<typeof train> | undefined;
/** A run from beginning to end. */
const wholeRun = (): ReturnType<typeof train> => (whole ??= train());

test('a run that was stopped after an epoch and continued from its checkpoint ends with the same bits as one that never stopped', async () => {
  const whole = await wholeRun();
  expect(whole.outcome.record).toMatchObject({ state: 'finished', error: null });
  const stopped = await train({ stopAfter: 1 });
  expect(stopped.outcome.record).toMatchObject({ state: 'stopped', test: null });
  const last = stopped.checkpoints.at(-1);
  if (!last) throw new Error('no checkpoint came');
  const continued = await train({
    checkpoint: await decodeCheckpoint(byteSourceFromBytes('checkpoint', encodeCheckpoint(last))),
  });
  // All bits of the weights and of the optimiser's state are equal at the end of each epoch.
  expect(continued.checkpoints.map(({ trained, optimizer }) => ({ trained, optimizer }))).toEqual(
    whole.checkpoints.slice(1).map(({ trained, optimizer }) => ({ trained, optimizer })),
  );
  expect(continued.outcome.weights).toEqual(whole.outcome.weights);
  expect(continued.outcome.record.test?.loss).toBe(whole.outcome.record.test?.loss);
});

test('the outcome’s weights give the reported measurements in a network with other initial weights', async () => {
  const { outcome } = await wholeRun();
  const network = await makeNetwork(12345);
  const evaluator = await network.evaluator(configuration.batchSize);
  network.writeTrained(outcome.weights ?? new Map());
  const again = await evaluate(evaluator, pictures, 'test');
  expect({ loss: again?.loss, confusion: again?.confusion }).toEqual({
    loss: outcome.record.test?.loss,
    confusion: outcome.record.test?.confusion,
  });
  evaluator.destroy();
  network.destroy();
});

test('pictures that the card keeps are uploaded once, and a run has the same bits as with every batch brought', async () => {
  const kept = await wholeRun();
  const write = vi.spyOn(WebGpuPictures.prototype, 'write');
  const brought = await train({ keeps: false });
  expect(write).not.toHaveBeenCalled();
  expect(brought.checkpoints.map(({ trained, optimizer }) => ({ trained, optimizer }))).toEqual(
    kept.checkpoints.map(({ trained, optimizer }) => ({ trained, optimizer })),
  );
  expect(brought.outcome.record.epochs.map(({ trainLoss }) => trainLoss)).toEqual(
    kept.outcome.record.epochs.map(({ trainLoss }) => trainLoss),
  );
  const before = (await testMachine()).allocatedBytes;
  await train({ stopAfter: 2 });
  const places = write.mock.calls.map(([place]) => place);
  write.mockRestore();
  // Of the 13 pictures an epoch's three batches leave one out.
  expect(places.length).toBeGreaterThanOrEqual(12);
  expect(new Set(places).size).toBe(places.length);
  expect((await testMachine()).allocatedBytes).toBe(before);
});
