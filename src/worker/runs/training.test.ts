import { describe, expect, it } from 'vitest';
import { PixelCache } from '../../data/batches.js';
import type { Network, Tracer } from '../../engine/model/types.js';
import type { WorkerEvent } from '../../protocol/api.js';
import { PAPER_RECIPE, withEpochs, type Configuration } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { colourDataset, MeanPixelNetwork, type MeanPixelOptions } from '../../testing/mean-pixel-network.js';
import { answer } from '../answers.js';
import type { OpenData } from '../inputs/datasets.js';
import { Events } from '../events.js';
import type { Model } from '../inputs/models.js';
import { MemoryFiles } from '../kept/private-files.js';
import { RunStore } from '../kept/run-store.js';
import { Training } from './training.js';
import { SMALL_ARCHITECTURE } from '../../testing/small-architecture.js';
import type { Answer } from '../../protocol/answer.js';

const SIDE = 8;
const CHANNELS = 16;
const ADAPTER = { name: 'none', vendor: '', architecture: '', description: '', kind: 'software' as const, features: [] };
const CONFIGURATION: Configuration = {
  ...withEpochs(PAPER_RECIPE, 4),
  imageSize: SIDE,
  batchSize: 5,
  learningRate: 0.3,
  method: 'none',
  peft: 'linear',
};
const MODEL: Model = {
  key: 'small',
  name: 'bundled',
  architecture: SMALL_ARCHITECTURE,
  get loaded(): never {
    throw new Error('the network reads no weights here');
  },
  get summary(): never {
    throw new Error('nobody asks here');
  },
};

/** A map costs nothing and shows nothing. */
const tracer: Tracer = {
  trace: async () => ({ logits: Float32Array.of(0, 0, 0), blocks: [], milliseconds: 1 }),
  destroy: () => undefined,
};

interface Bench {
  readonly training: Training;
  readonly runs: RunStore;
  readonly events: WorkerEvent[];
  readonly networks: MeanPixelNetwork[];
}

interface BenchOptions {
  readonly files?: MemoryFiles;
  /** Of the first, the second, ... network that is made. */
  readonly networks?: readonly Partial<MeanPixelOptions>[];
  readonly test?: number;
  readonly onRun?: (run: RunRecord, training: Training) => void;
}

function bench({ files = new MemoryFiles(), networks: made = [], test = 7, onRun }: BenchOptions = {}): Bench {
  const dataset = colourDataset({ train: 22, validation: 9, test });
  const pictures = new PixelCache(dataset, SIDE);
  const data: OpenData = {
    dataset,
    summary: {
      fingerprint: 'colours',
      places: 'colours',
      name: 'colours',
      form: '',
      classes: [],
      pictures: { train: 22, validation: 9, test },
      split: '',
      skipped: [],
      classesFrom: null,
      notes: [],
      questions: [],
      keptSide: null,
      typicalSide: null,
    },
    store: null,
    labelledBefore: () => [],
    pictures: () => pictures,
  };
  const told: WorkerEvent[] = [];
  const events = new Events();
  events.listen((event) => {
    told.push(event);
    if (event.kind === 'run') onRun?.(event.run, training);
  });
  const runs = new RunStore(files);
  const networks: MeanPixelNetwork[] = [];
  const network = async (): Promise<Network> => {
    const inner = new MeanPixelNetwork({ side: SIDE, classes: 3, width: CHANNELS, ...made[networks.length] });
    networks.push(inner);
    return {
      trainedParameters: inner.trainedParameters,
      totalParameters: inner.totalParameters,
      bytes: inner.bytes,
      trainer: async (batch) => {
        const trainer = await inner.trainer(batch);
        return {
          ...trainer,
          step: (batchGiven, rates) =>
            trainer.step(batchGiven, rates).catch((thrown: unknown) => {
              throw new PlaygroundError('gpu.lost', 'the GPU device was lost', { cause: thrown });
            }),
        };
      },
      evaluator: (batch) => inner.evaluator(batch),
      tracer: async () => tracer,
      readTrained: () => inner.readTrained(),
      writeTrained: (weights) => inner.writeTrained(weights),
      readOptimizer: () => inner.readOptimizer(),
      writeOptimizer: (state) => inner.writeOptimizer(state),
      destroy: () => inner.destroy(),
    };
  };
  const training: Training = new Training({
    engine: async () => ({ adapter: ADAPTER, network }),
    models: { require: async () => MODEL },
    datasets: {
      requireFor: () => data,
      picture: async () => ({ pixels: new Uint8Array(SIDE * SIDE * 4), data: null, truth: null }),
    },
    runs,
    maps: { forget: async () => undefined },
    events,
    estimates: { learn: async () => undefined },
    hold: (_what, _id, work) => work(),
  });
  return { training, runs, events: told, networks };
}

async function weightsOf({ runs }: Bench, run: RunRecord): Promise<readonly number[]> {
  const { trained } = await runs.weights(run);
  return [...(trained.get('head.weight')?.data ?? [])];
}

const failure = async (work: () => Promise<unknown>): Promise<Answer<unknown>> => answer(work);

describe('a run in the worker', () => {
  it('ends kept, with its weights and without its checkpoint', async () => {
    const it = bench();
    const run = await it.training.adapt(CONFIGURATION, 'first');
    expect(run).toMatchObject({ name: 'first', state: 'finished', error: null });
    expect(run.test?.images).toBe(7);
    expect(await it.runs.require(run.id)).toEqual(run);
    expect(await weightsOf(it, run)).toEqual([...((await it.networks[0]?.readTrained())?.get('head.weight')?.data ?? [])]);
    expect(await it.runs.checkpoint(run.id)).toBeNull();
    expect(it.events.at(-1)).toEqual({ kind: 'idle' });
    expect(it.training.activeId).toBeNull();
  });

  it('is refused while another trains', async () => {
    const { training } = bench();
    const running = training.adapt(CONFIGURATION, 'first');
    expect(await failure(() => training.adapt(CONFIGURATION, 'second'))).toMatchObject({ ok: false, error: { code: 'usage' } });
    expect((await running).state).toBe('finished');
    expect(() => training.pause()).toThrow('no run is training');
  });

  it('that was stopped goes on to the weights of one that was not, and keeps a name that it was given since', async () => {
    const whole = bench();
    const expected = await weightsOf(whole, await whole.training.adapt(CONFIGURATION, 'whole'));
    const cut = bench({
      onRun: (run, training) => {
        if (run.epochs.length === 2 && run.state === 'running') training.stop();
      },
    });
    const stopped = await cut.training.adapt(CONFIGURATION, 'cut');
    expect(stopped).toMatchObject({ state: 'stopped' });
    expect(stopped.epochs).toHaveLength(2);
    await cut.runs.save({ ...stopped, name: 'renamed' });
    // As after a reload: nothing is left but the files, and no epoch asks for a stop.
    const files = cut.runs;
    const later = bench();
    const checkpoint = await files.checkpoint(stopped.id);
    if (!checkpoint) throw new Error('no checkpoint was kept');
    await later.runs.save(await files.require(stopped.id));
    await later.runs.saveCheckpoint(checkpoint);
    const continued = await later.training.continueRun(stopped.id);
    expect(continued).toMatchObject({ id: stopped.id, name: 'renamed', state: 'finished' });
    expect(continued.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(await weightsOf(later, continued)).toEqual(expected);
    expect(await failure(() => later.training.continueRun(stopped.id))).toMatchObject({
      error: { code: 'usage', message: expect.stringContaining('is finished') },
    });
  });

  it('does not go on with other data', async () => {
    const cut = bench({ onRun: (run, training) => run.epochs.length === 1 && run.state === 'running' && training.stop() });
    const stopped = await cut.training.adapt(CONFIGURATION, 'cut');
    const files = await cut.runs.checkpoint(stopped.id);
    const other = bench({ test: 8 });
    await other.runs.save(stopped);
    if (files) await other.runs.saveCheckpoint(files);
    expect(await failure(() => other.training.continueRun(stopped.id))).toMatchObject({
      error: { code: 'option.invalid', message: expect.stringContaining('22 + 9 + 7 pictures') },
    });
  });

  it('goes on by itself from the last epoch when the device is lost, to the same weights', async () => {
    const whole = bench();
    const expected = await weightsOf(whole, await whole.training.adapt(CONFIGURATION, 'whole'));
    // Four steps an epoch: the device is lost in the third.
    const lost = bench({ networks: [{ lostFrom: 9 }] });
    const run = await lost.training.adapt(CONFIGURATION, 'lost');
    expect(lost.networks).toHaveLength(2);
    expect(lost.networks[1]?.submitted[0]?.rates.number).toBe(8);
    expect(run).toMatchObject({ state: 'finished', error: null });
    expect(await weightsOf(lost, run)).toEqual(expected);
  });

  it('fails when the device is lost again and again', async () => {
    const lost = bench({ networks: Array.from({ length: 9 }, () => ({ lostFrom: 1 })) });
    const run = await lost.training.adapt(CONFIGURATION, 'lost');
    expect(run).toMatchObject({ state: 'failed', error: { code: 'gpu.lost' } });
    expect(lost.networks).toHaveLength(4);
  });

  it('trains on where the browser keeps nothing, and says so', async () => {
    class FullDisk extends MemoryFiles {
      override async write(): Promise<void> {
        throw new Error('the quota is exceeded');
      }
    }
    const { training, events } = bench({ files: new FullDisk() });
    expect((await training.adapt(CONFIGURATION, 'first')).state).toBe('finished');
    const errors = events.flatMap((event) => (event.kind === 'error' ? [event.error.message] : []));
    expect(errors[0]).toBe('first: the run could not be kept in this browser (the quota is exceeded)');
  });

  it('bears a new name and notes from the moment they are given', async () => {
    const { training, runs } = bench({
      onRun: (run, active) => run.epochs.length === 1 && run.name === 'first' && active.say({ name: 'second', notes: 'a note' }),
    });
    const run = await training.adapt(CONFIGURATION, 'first');
    expect(run.name).toBe('second');
    expect(await runs.require(run.id)).toMatchObject({ name: 'second', notes: 'a note' });
  });

  it('sends maps of the watched picture, the first before any step', async () => {
    const { training, events } = bench();
    training.watch({ weights: { kind: 'backbone' }, picture: { part: 'validation', index: 3 }, configuration: CONFIGURATION });
    const run = await training.adapt(CONFIGURATION, 'first');
    const firstMap = events.findIndex(({ kind }) => kind === 'map');
    expect(firstMap).toBeGreaterThanOrEqual(0);
    expect(firstMap).toBeLessThan(events.findIndex(({ kind }) => kind === 'step'));
    expect(events[firstMap]).toMatchObject({
      map: { weights: { runId: run.id, epoch: 1 }, picture: { part: 'validation', index: 3 } },
    });
  });
});
