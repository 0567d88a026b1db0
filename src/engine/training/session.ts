import { epochOrder, readBatches, type PixelCache } from '../../data/batches.js';
import { PlaygroundError, toErrorRecord } from '../../vit/errors.js';
import type { EpochRecord, Evaluation, RunRecord, StepMetrics } from '../../protocol/run.js';
import type { Evaluator, Network, StepRates, StepResult, Trainer } from '../model/types.js';
import type { Checkpoint, TrainedWeights } from './checkpoint.js';
import { evaluate } from './evaluation.js';
import { yieldToHost } from './event-loop.js';
import { Pace, perSecond } from './pace.js';
import { learningRateAt, ratesAt } from './recipe.js';
import { requireTrainable } from './setup.js';

/** Steps under way on the GPU: the next is encoded while this one runs, and a click waits for two at most. */
const OUTSTANDING = 2;

/** A forward costs about a third of a training step: the guess for validation's time until it was measured. */
const FORWARD_SHARE = 1 / 3;

export interface TrainingEvents {
  onStep?(metrics: StepMetrics): void;
  /** The whole record, after every epoch and every change of state. */
  onRecord?(record: RunRecord): void;
  /** At the end of every epoch; awaited, so that what it stores is stored before training goes on. */
  onCheckpoint?(checkpoint: Checkpoint): Promise<void> | void;
  /** What takes time besides steps: plans being compiled, a part being measured. */
  onBusy?(what: string, done: number, total: number): void;
}

export interface SessionOptions {
  readonly network: Network;
  /** At the configuration's side; pictures known to be broken are left out. */
  readonly pictures: PixelCache;
  /** From `startRecord`; not looked at where a checkpoint is given. */
  readonly record: RunRecord;
  /** Goes on after this epoch, to the same bits as if the run had never stopped. */
  readonly checkpoint?: Checkpoint;
  readonly events?: TrainingEvents;
}

export interface TrainingOutcome {
  /** `finished`, `stopped` or `failed`; a failure's sentence is in `error`. */
  readonly record: RunRecord;
  /** The best epoch's weights, or the last good ones where no epoch ended; null where the GPU could not give them back. */
  readonly weights: TrainedWeights | null;
}

interface StepUnderWay {
  readonly rates: StepRates;
  readonly result: Promise<StepResult>;
}

/** Sums over an epoch's steps. */
interface EpochSums {
  loss: number;
  correct: number;
  images: number;
}

/**
 * One run from its first step (or a checkpoint) to its measured end. It knows neither its host nor how pictures come about.
 *
 * Every epoch goes through the training part in an order drawn by (seed, epoch) and drops the last partial batch, unless the
 * part is smaller than a batch: then it is one partial batch. Validation follows every epoch (the paper's is every tenth; with a
 * fifth of the pictures and no backward it costs less than a tenth of an epoch); the best epoch is the one with the highest
 * validation accuracy, of equals the one with the lower loss. The test part is measured once, at the end, with that epoch's weights.
 */
export class TrainingSession {
  readonly #network: Network;
  readonly #pictures: PixelCache;
  readonly #events: TrainingEvents;
  readonly #checkpoint: Checkpoint | undefined;
  readonly #train: readonly number[];
  readonly #batch: number;
  readonly #stepsPerEpoch: number;
  readonly #pace = new Pace();
  #record: RunRecord;
  #best: TrainedWeights | null;
  #signal: 'run' | 'pause' | 'stop' = 'run';
  #wake: () => void = () => undefined;
  /** Milliseconds spent in pauses. */
  #held = 0;
  #validationSeconds: number | null = null;

  constructor({ network, pictures, record, checkpoint, events = {} }: SessionOptions) {
    this.#network = network;
    this.#pictures = pictures;
    this.#events = events;
    this.#checkpoint = checkpoint;
    this.#record = checkpoint
      ? { ...checkpoint.record, state: 'running', finished: null, error: null, adapter: record.adapter }
      : record;
    this.#best = checkpoint && checkpoint.record.bestEpoch !== null ? checkpoint.best : null;
    this.#train = pictures.usable(pictures.dataset.parts.train);
    this.#batch = Math.max(1, Math.min(this.#record.configuration.batchSize, this.#train.length));
    this.#stepsPerEpoch = Math.floor(this.#train.length / this.#batch);
  }

  get record(): RunRecord {
    return this.#record;
  }

  /** Holds before the next step, or the next batch of an evaluation. */
  pause(): void {
    if (this.#signal === 'run') this.#signal = 'pause';
  }

  resume(): void {
    if (this.#signal === 'pause') this.#signal = 'run';
    this.#wake();
  }

  /** Ends after the step; a paused run ends too. */
  stop(): void {
    this.#signal = 'stop';
    this.#wake();
  }

  /** Trains to the end. Never rejects: what goes wrong is in the record. The network is left with the outcome's weights. */
  async run(): Promise<TrainingOutcome> {
    const plans: { destroy(): void }[] = [];
    try {
      requireTrainable(this.#pictures);
      this.#events.onRecord?.(this.#record);
      const trainer = await this.#network.trainer(this.#batch, (done, total) =>
        this.#events.onBusy?.('Preparing the training step', done, total),
      );
      plans.push(trainer);
      const evaluator = await this.#network.evaluator(this.#record.configuration.batchSize, (done, total) =>
        this.#events.onBusy?.('Preparing the evaluation', done, total),
      );
      plans.push(evaluator);
      this.#update({ gpuBytes: this.#network.bytes + trainer.bytes + evaluator.bytes });
      const first = this.#restore();
      const finished = await this.#runEpochs(trainer, evaluator, first);
      if (this.#best) this.#network.writeTrained(this.#best);
      const test = finished ? await this.#measureTest(evaluator) : 'stopped';
      if (test === 'stopped') this.#update({ state: 'stopped', finished: new Date().toISOString() });
      else this.#update({ state: 'finished', finished: new Date().toISOString(), test });
    } catch (thrown) {
      const { code, message } = toErrorRecord(thrown);
      this.#update({ state: 'failed', finished: new Date().toISOString(), error: { code, message } });
    }
    const weights = await this.#outcomeWeights();
    for (const plan of plans) plan.destroy();
    this.#events.onRecord?.(this.#record);
    return { record: this.#record, weights };
  }

  /** Puts the checkpoint's state into the network; returns the epochs that are finished. */
  #restore(): number {
    if (!this.#checkpoint) return 0;
    this.#network.writeTrained(this.#checkpoint.trained);
    this.#network.writeOptimizer(this.#checkpoint.optimizer);
    return this.#checkpoint.epoch;
  }

  /** False where it was stopped. */
  async #runEpochs(trainer: Trainer, evaluator: Evaluator, first: number): Promise<boolean> {
    const { epochs } = this.#record.configuration;
    for (let epoch = first; epoch < epochs; epoch++) {
      const began = performance.now();
      const heldBefore = this.#held;
      const sums = await this.#runSteps(trainer, epoch);
      if (!sums) return false;
      const trainSeconds = (performance.now() - began - (this.#held - heldBefore)) / 1000;
      const validation = await this.#measure(evaluator, 'validation');
      if (!validation) return false;
      this.#validationSeconds = validation.seconds;
      const entry: EpochRecord = {
        epoch: epoch + 1,
        trainLoss: sums.loss / sums.images,
        trainAccuracy: sums.correct / sums.images,
        validationLoss: validation.loss,
        validationAccuracy: validation.accuracy,
        learningRate: learningRateAt(this.#record.configuration, epoch + 1 - 1 / this.#stepsPerEpoch),
        imagesPerSecond: perSecond(sums.images, trainSeconds),
        seconds: (performance.now() - began - (this.#held - heldBefore)) / 1000,
      };
      await this.#endEpoch(entry, validation);
    }
    return true;
  }

  async #endEpoch(entry: EpochRecord, validation: Evaluation): Promise<void> {
    const trained = await this.#network.readTrained();
    const { epochs, validation: bestSoFar } = this.#record;
    const better =
      !bestSoFar ||
      validation.accuracy > bestSoFar.accuracy ||
      (validation.accuracy === bestSoFar.accuracy && validation.loss < bestSoFar.loss);
    if (better) this.#best = trained;
    this.#update({
      epochs: [...epochs, entry],
      stepMilliseconds: this.#pace.medianMilliseconds,
      ...(better ? { bestEpoch: entry.epoch, validation } : {}),
    });
    this.#events.onRecord?.(this.#record);
    if (!this.#events.onCheckpoint) return;
    const optimizer = await this.#network.readOptimizer();
    await this.#events.onCheckpoint({
      epoch: entry.epoch,
      record: this.#record,
      trained,
      optimizer,
      best: this.#best ?? trained,
    });
  }

  /** An epoch's steps; null where it was stopped. */
  async #runSteps(trainer: Trainer, epoch: number): Promise<EpochSums | null> {
    const { configuration } = this.#record;
    const order = epochOrder(configuration.seed, epoch, this.#train);
    const sums: EpochSums = { loss: 0, correct: 0, images: 0 };
    const underWay: StepUnderWay[] = [];
    const settle = async (atMost: number): Promise<void> => {
      for (let oldest = underWay[0]; oldest && underWay.length > atMost; oldest = underWay[0]) {
        this.#account(await oldest.result, oldest.rates, sums);
        underWay.shift();
      }
    };
    this.#pace.start();
    let step = epoch * this.#stepsPerEpoch;
    for await (const batch of readBatches(this.#pictures, order, this.#batch, { dropLast: true })) {
      if (this.#signal !== 'run') {
        await settle(0);
        if ((await this.#gate()) === 'stop') return null;
        this.#pace.start();
      }
      const rates = ratesAt(configuration, step++, this.#stepsPerEpoch);
      const result = trainer.step({ pixels: batch.pixels, labels: batch.labels, count: batch.indices.length }, rates);
      // Its rejection is for `settle`; until then it is nobody's.
      result.catch(() => undefined);
      underWay.push({ rates, result });
      await settle(OUTSTANDING - 1);
      await yieldToHost();
    }
    await settle(0);
    return sums;
  }

  #account(result: StepResult, rates: StepRates, sums: EpochSums): void {
    const { configuration, id } = this.#record;
    const step = rates.number;
    const epoch = Math.floor(step / this.#stepsPerEpoch);
    if (!result.finite) {
      throw new PlaygroundError(
        'training.not-finite',
        `the loss or a gradient was not finite at step ${step} (epoch ${epoch + 1}), with learning rate ${rates.learningRate.toPrecision(3)}; the weights from before that step are kept, and a smaller learning rate may help`,
      );
    }
    this.#pace.arrived(result.count);
    sums.loss += result.loss * result.count;
    sums.correct += result.correct;
    sums.images += result.count;
    const totalSteps = configuration.epochs * this.#stepsPerEpoch;
    this.#events.onStep?.({
      runId: id,
      step,
      epoch: epoch + 1,
      stepsPerEpoch: this.#stepsPerEpoch,
      totalSteps,
      loss: result.loss,
      accuracy: result.correct / result.count,
      learningRate: rates.learningRate,
      imagesPerSecond: this.#pace.imagesPerSecond,
      secondsLeft: this.#secondsLeft(totalSteps - step - 1, configuration.epochs - epoch),
    });
  }

  #secondsLeft(steps: number, validations: number): number {
    const { validation, test } = this.#record.pictures;
    const guess = (validation / Math.max(this.#pace.imagesPerSecond, 1e-9)) * FORWARD_SHARE;
    const perValidation = this.#validationSeconds ?? guess;
    const testSeconds = (perValidation * test) / Math.max(validation, 1);
    return steps * this.#pace.secondsPerStep + validations * perValidation + testSeconds;
  }

  #measure(evaluator: Evaluator, part: 'validation' | 'test'): Promise<Evaluation | null> {
    return evaluate(evaluator, this.#pictures, part, {
      gate: () => this.#gate(),
      onProgress: (done, total) => this.#events.onBusy?.(`Measuring the ${part} part`, done, total),
    });
  }

  async #measureTest(evaluator: Evaluator): Promise<Evaluation | null | 'stopped'> {
    if (this.#record.pictures.test === 0) return null;
    return (await this.#measure(evaluator, 'test')) ?? 'stopped';
  }

  /** Returns at once unless the run is to hold or end. */
  async #gate(): Promise<'go' | 'stop'> {
    if (this.#is('pause')) {
      const from = performance.now();
      this.#update({ state: 'paused' });
      this.#events.onRecord?.(this.#record);
      while (this.#is('pause')) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      this.#held += performance.now() - from;
      this.#update({ state: 'running' });
      this.#events.onRecord?.(this.#record);
    }
    return this.#is('stop') ? 'stop' : 'go';
  }

  #is(signal: 'run' | 'pause' | 'stop'): boolean {
    return this.#signal === signal;
  }

  #update(change: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  async #outcomeWeights(): Promise<TrainedWeights | null> {
    try {
      if (this.#best) this.#network.writeTrained(this.#best);
      return this.#best ?? (await this.#network.readTrained());
    } catch {
      return this.#best;
    }
  }
}
