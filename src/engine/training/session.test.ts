import { describe, expect, it } from 'vitest';
import { PixelCache } from '../../data/batches.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { PAPER_RECIPE, withEpochs, type Configuration } from '../../vit/configuration.js';
import { NUMERICS, runSchema, type RunRecord, type StepMetrics } from '../../protocol/runs/run.js';
import { colourDataset, MeanPixelNetwork, type ColourOptions, type MeanPixelOptions } from '../../testing/mean-pixel-network.js';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint.js';
import { yieldToHost } from './event-loop.js';
import { TrainingSession, type TrainingOutcome } from './session.js';
import { SMALL_ARCHITECTURE } from '../../testing/small-architecture.js';
import { setUpRun, startRecord } from './setup.js';

const SIDE = 8;
const ADAPTER = { name: 'none', vendor: '', architecture: '', description: '', kind: 'software' as const, features: [] };
const FINGERPRINT = { train: 'a', validation: 'b', test: 'c' };
const PARTS = { train: 22, validation: 9, test: 7 };

interface Prepared {
  readonly session: TrainingSession;
  readonly network: MeanPixelNetwork;
  readonly steps: StepMetrics[];
  readonly records: RunRecord[];
  readonly checkpoints: Checkpoint[];
}

function prepare(
  options: {
    configuration?: Partial<Configuration>;
    network?: Partial<MeanPixelOptions>;
    parts?: Partial<ColourOptions>;
    checkpoint?: Checkpoint;
    pictures?: PixelCache;
    onStep?: (step: StepMetrics, session: TrainingSession) => void;
    onCheckpoint?: (checkpoint: Checkpoint, session: TrainingSession) => void;
  } = {},
): Prepared {
  const configuration: Configuration = {
    ...withEpochs(PAPER_RECIPE, 4),
    imageSize: SIDE,
    batchSize: 5,
    learningRate: 0.3,
    method: 'none',
    peft: 'linear',
    ...options.configuration,
  };
  const network = new MeanPixelNetwork({ side: SIDE, classes: 3, seed: configuration.seed, ...options.network });
  const pictures = options.pictures ?? new PixelCache(colourDataset({ ...PARTS, ...options.parts }), SIDE);
  const setup = setUpRun(configuration, SMALL_ARCHITECTURE, 3);
  const steps: StepMetrics[] = [];
  const records: RunRecord[] = [];
  const checkpoints: Checkpoint[] = [];
  const session = new TrainingSession({
    network,
    pictures,
    record: startRecord({ setup, id: 'run', name: 'a run', adapter: ADAPTER, network, pictures, dataFingerprint: FINGERPRINT }),
    ...(options.checkpoint ? { checkpoint: options.checkpoint } : {}),
    events: {
      onStep: (metrics) => {
        steps.push(metrics);
        options.onStep?.(metrics, session);
      },
      onRecord: (record) => records.push(record),
      onCheckpoint: (checkpoint) => {
        checkpoints.push(checkpoint);
        options.onCheckpoint?.(checkpoint, session);
      },
    },
  });
  return { session, network, steps, records, checkpoints };
}

const head = (outcome: TrainingOutcome): number[] => [...(outcome.weights?.get('head.weight')?.data ?? [])];

describe('a training session', () => {
  it('trains all epochs, validates after each, and measures the test part once with the best weights', async () => {
    const { session, network, steps, checkpoints } = prepare();
    const outcome = await session.run();
    const { record } = outcome;
    expect(runSchema.parse(record)).toEqual(record);
    expect(record).toMatchObject({ state: 'finished', pictures: PARTS, error: null });
    expect(record.epochs.map((entry) => entry.epoch)).toEqual([1, 2, 3, 4]);
    // 22 pictures in batches of 5: four steps an epoch; the two remaining pictures are dropped.
    expect(network.submitted.map((batch) => batch.count)).toEqual(Array<number>(16).fill(5));
    expect(steps.map((step) => step.step)).toEqual([...Array(16).keys()]);
    expect(steps.map((step) => step.epoch)).toEqual([1, 2, 3, 4].flatMap((epoch) => [epoch, epoch, epoch, epoch]));
    // Four validations of 9 pictures, then the test part's 7: the last partial batches are measured too.
    expect(network.evaluated).toEqual([5, 4, 5, 4, 5, 4, 5, 4, 5, 2]);
    const best = record.epochs[(record.bestEpoch ?? 0) - 1];
    expect(best?.validationAccuracy).toBe(Math.max(...record.epochs.map((entry) => entry.validationAccuracy ?? NaN)));
    expect(record.validation?.accuracy).toBe(best?.validationAccuracy);
    expect(record.validation?.accuracy).toBeGreaterThan(0.8);
    expect(record.test?.images).toBe(7);
    expect(head(outcome)).toEqual([...(checkpoints[(record.bestEpoch ?? 0) - 1]?.trained.get('head.weight')?.data ?? [])]);
    expect(network.weights()).toEqual(head(outcome));
    expect(network.plans).toBe(0);
  });

  it('keeps at most two steps under way', async () => {
    const { session, network } = prepare();
    await session.run();
    expect(network.mostUnderWay).toBe(2);
  });

  it('visits every picture at most once in an epoch, in an order drawn from the seed', async () => {
    const orders = await Promise.all(
      [0, 0, 1].map(async (seed) => {
        const { session, network } = prepare({ configuration: { seed, epochs: 2 }, network: { seed: 5 } });
        const outcome = await session.run();
        return { labels: network.submitted.map((batch) => batch.labels), weights: head(outcome) };
      }),
    );
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]?.labels).not.toEqual(orders[2]?.labels);
    expect(orders[0]?.labels.slice(0, 4)).not.toEqual(orders[0]?.labels.slice(4));
  });

  it('weighs each picture by its class if classes are balanced, and gives no weights otherwise', async () => {
    const { session, network } = prepare({ configuration: { classWeights: 'balanced', epochs: 1 } });
    await session.run();
    const byClass = new Map<number, number>();
    for (const { labels, weights } of network.submitted) {
      expect(weights).toHaveLength(labels.length);
      labels.forEach((label, index) => {
        const weight = weights?.[index] ?? NaN;
        expect(byClass.get(label) ?? weight).toBe(weight);
        byClass.set(label, weight);
      });
    }
    expect([...byClass.values()].every((weight) => weight > 0)).toBe(true);
    const plain = prepare({ configuration: { epochs: 1 } });
    await plain.session.run();
    expect(plain.network.submitted.every(({ weights }) => weights === undefined)).toBe(true);
  });

  it('trains on one partial batch if the training part is smaller than a batch', async () => {
    const { session, network } = prepare({ configuration: { batchSize: 64 } });
    await session.run();
    expect(network.submitted.map((batch) => batch.count)).toEqual([22, 22, 22, 22]);
  });

  it('pauses before a step, reports it, and ends with the weights of a run that never paused', async () => {
    const plain = await prepare().session.run();
    const paused = prepare({
      onStep: ({ step }, session) => {
        if (step === 5) session.pause();
      },
    });
    const running = paused.session.run();
    while (paused.session.record.state !== 'paused') await yieldToHost();
    const stepsAtPause = paused.network.submitted.length;
    expect(stepsAtPause).toBeGreaterThan(5);
    expect(stepsAtPause).toBeLessThanOrEqual(8);
    expect(paused.network.underWay).toBe(0);
    // If it did not pause, it would submit the next step within a turn or two.
    for (let turn = 0; turn < 20; turn++) await yieldToHost();
    expect(paused.network.submitted.length).toBe(stepsAtPause);
    expect(paused.records.at(-1)?.state).toBe('paused');
    paused.session.resume();
    expect(head(await running)).toEqual(head(plain));
  });

  it('stops after the step with the best weights so far, and does not measure the test part', async () => {
    const { session, network, checkpoints } = prepare({
      onStep: ({ step }, running) => {
        if (step === 9) running.stop();
      },
    });
    const outcome = await session.run();
    expect(outcome.record).toMatchObject({ state: 'stopped', test: null, error: null });
    expect(outcome.record.epochs).toHaveLength(2);
    expect(network.submitted.length).toBeLessThan(12);
    expect(head(outcome)).toEqual([...(checkpoints.at(-1)?.best.get('head.weight')?.data ?? [])]);
  });

  it('stops in its first epoch with the present weights', async () => {
    const { session, network } = prepare({ onStep: (_, running) => running.stop() });
    const outcome = await session.run();
    expect(outcome.record).toMatchObject({ state: 'stopped', epochs: [], bestEpoch: null });
    expect(head(outcome)).toEqual(network.weights());
  });

  it('stops during a pause', async () => {
    const { session } = prepare({ onStep: (_, running) => running.pause() });
    const running = session.run();
    while (session.record.state !== 'paused') await yieldToHost();
    session.stop();
    expect((await running).record.state).toBe('stopped');
  });

  it('continues from an encoded checkpoint to the same bits', async () => {
    const whole = await prepare().session.run();
    const first = prepare({
      onCheckpoint: ({ epoch }, session) => {
        if (epoch === 2) session.stop();
      },
    });
    await first.session.run();
    const last = first.checkpoints.at(-1);
    if (!last) throw new Error('no checkpoint came');
    expect(last.epoch).toBe(2);
    const checkpoint = await decodeCheckpoint(byteSourceFromBytes('checkpoint', encodeCheckpoint(last)));
    expect(checkpoint).toEqual(last);
    const again = prepare({ checkpoint });
    const outcome = await again.session.run();
    expect(head(outcome)).toEqual(head(whole));
    expect(outcome.record.bestEpoch).toBe(whole.record.bestEpoch);
    expect(outcome.record.epochs.map((entry) => entry.validationLoss)).toEqual(
      whole.record.epochs.map((entry) => entry.validationLoss),
    );
    expect(again.steps[0]?.step).toBe(8);
    const elsewhere = { adapter: { ...ADAPTER, kind: 'cpu' as const }, numerics: NUMERICS.cpu };
    const moved = prepare({ checkpoint: { ...checkpoint, record: { ...checkpoint.record, ...elsewhere } } });
    expect(moved.session.record).toMatchObject({ adapter: ADAPTER, numerics: NUMERICS[ADAPTER.kind] });
  });

  it('stops at a loss that is not finite, names the step, and keeps the weights from before it', async () => {
    let before: number[] = [];
    const { session, network } = prepare({
      network: {
        notFiniteFrom: 2,
        onSubmit: (step) => {
          if (step === 2) before = network.weights();
        },
      },
    });
    const outcome = await session.run();
    expect(outcome.record.state).toBe('failed');
    expect(outcome.record.error?.code).toBe('training.not-finite');
    expect(outcome.record.error?.message).toContain('step 2 (epoch 1)');
    expect(head(outcome)).toEqual(before);
    expect(head(outcome).every(Number.isFinite)).toBe(true);
    expect(network.plans).toBe(0);
  });

  it('keeps the best epoch if a later loss is not finite', async () => {
    const { session, checkpoints } = prepare({ network: { notFiniteFrom: 10 } });
    const outcome = await session.run();
    expect(outcome.record.epochs).toHaveLength(2);
    expect(head(outcome)).toEqual([...(checkpoints.at(-1)?.best.get('head.weight')?.data ?? [])]);
  });

  it('ends with an error record if the device is lost', async () => {
    const { session } = prepare({ network: { lostFrom: 6 } });
    const outcome = await session.run();
    expect(outcome.record).toMatchObject({ state: 'failed', error: { code: 'internal', message: 'the device was lost' } });
    expect(outcome.record.epochs).toHaveLength(1);
  });

  it('leaves broken pictures out of every part', async () => {
    const pictures = new PixelCache(colourDataset({ ...PARTS, broken: new Set([0, 4, 25, 33]) }), SIDE);
    await pictures.prepare(Array.from({ length: pictures.dataset.length }, (_, index) => index));
    const { session, network } = prepare({ pictures, configuration: { batchSize: 20, epochs: 1 } });
    const { record } = await session.run();
    expect(record.pictures).toEqual({ train: 20, validation: 8, test: 6 });
    expect(network.submitted.map((batch) => batch.count)).toEqual([20]);
    expect(network.evaluated).toEqual([8, 6]);
  });

  it('refuses a data set without a validation part', async () => {
    const { session } = prepare({ parts: { validation: 0 } });
    const { record } = await session.run();
    expect(record).toMatchObject({ state: 'failed', error: { code: 'data.empty' } });
  });

  it('lets the host handle events between steps', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await prepare({ configuration: { epochs: 8 } }).session.run();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(8);
  });
});

describe('which epoch counts', () => {
  const judged = (record: RunRecord): number[] =>
    record.epochs.flatMap(({ epoch, validationAccuracy }) => (validationAccuracy === null ? [] : [epoch]));

  it('by loss: the lowest loss', async () => {
    const { record } = await prepare({ configuration: { select: 'loss' } }).session.run();
    const losses = record.epochs.map(({ validationLoss }) => validationLoss ?? NaN);
    expect(record.validation?.loss).toBe(Math.min(...losses));
    expect(record.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
  });

  it('the last epoch, whatever was measured, with its weights', async () => {
    const { session, checkpoints } = prepare({ configuration: { select: 'last', learningRate: 3 } });
    const outcome = await session.run();
    expect(outcome.record.bestEpoch).toBe(4);
    expect(outcome.record.validation?.loss).toBe(outcome.record.epochs[3]?.validationLoss);
    expect(head(outcome)).toEqual([...(checkpoints[3]?.trained.get('head.weight')?.data ?? [])]);
  });

  it('measures every third epoch and the last; an epoch that was not measured is never the best', async () => {
    const { record } = await prepare({ configuration: { measureEvery: 3 } }).session.run();
    expect(judged(record)).toEqual([3, 4]);
    expect([3, 4]).toContain(record.bestEpoch);
  });

  it('continues between two measurements to the same record', async () => {
    const whole = prepare({ configuration: { measureEvery: 3 } });
    const { record } = await whole.session.run();
    const again = await prepare({ configuration: { measureEvery: 3 }, checkpoint: whole.checkpoints[1]! }).session.run();
    expect(again.record.bestEpoch).toBe(record.bestEpoch);
    expect(again.record.test?.right).toBe(record.test?.right);
  });
});

describe('a protocol', () => {
  it('search: chooses by validation and does not measure the test part', async () => {
    const { record } = await prepare({ configuration: { protocol: 'search' } }).session.run();
    expect(record).toMatchObject({ state: 'finished', test: null });
    expect(record.validation?.images).toBe(PARTS.validation);
  });

  it('published: trains on both parts, does not validate, and tests the last epoch once', async () => {
    const { session, network } = prepare({ configuration: { protocol: 'published' } });
    const { record } = await session.run();
    // 31 pictures in steps of 5, four times; then the test part's 7.
    expect(network.submitted).toHaveLength(6 * 4);
    expect(network.evaluated).toEqual([5, 2]);
    expect(record).toMatchObject({ bestEpoch: 4, validation: null, test: { images: PARTS.test } });
  });

  it('published: needs no validation part', async () => {
    const parts = { train: 22, validation: 0, test: 7 };
    expect((await prepare({ configuration: { protocol: 'published' }, parts }).session.run()).record.state).toBe('finished');
    expect((await prepare({ parts }).session.run()).record.error?.message).toContain('its validation part has no pictures');
  });

  it('released: reports the best of repeated tests', async () => {
    const { record } = await prepare({ configuration: { protocol: 'released', measureEvery: 2 } }).session.run();
    const tested = record.epochs.map(({ testAccuracy }) => testAccuracy ?? null);
    expect(tested.map((value) => value !== null)).toEqual([false, true, false, true]);
    expect(record.test?.accuracy).toBe(Math.max(...tested.map((value) => value ?? 0)));
    expect(record.validation).toBeNull();
  });
});
