import { balancedWeights } from './class-weights.js';
import { epochOrder, type PixelCache } from '../../data/batches.js';
import { augments, changesIn } from '../../data/pictures/augment.js';
import { PlaygroundError, toErrorRecord } from '../../vit/errors.js';
import type { EpochRecord, Evaluation, RunRecord, StepMetrics } from '../../protocol/runs/run.js';
import { trainsOnAll, type Selection } from '../../vit/configuration.js';
import type { Evaluator, Network, StepRates, StepResult, Trainer } from '../model/types.js';
import type { Checkpoint, TrainedWeights } from './checkpoint.js';
import { evaluate } from './evaluation.js';
import { yieldToHost } from './event-loop.js';
import { TrainingPictures } from './kept-pictures.js';
import { Pace, perSecond } from './pace.js';
import { learningRateAt, ratesAt } from './recipe.js';
import { requireTrainable } from './setup.js';

/** The number of steps under way: the next is encoded while one runs, and a click waits for at most two. */
const OUTSTANDING = 2;

/** A forward takes about a third of a training step; this estimates the time of validation until it is measured. */
const FORWARD_SHARE = 1 / 3;

export interface TrainingEvents {
  onStep?(metrics: StepMetrics): void;
  /** Called with the whole record after every epoch and every change of state. */
  onRecord?(record: RunRecord): void;
  /** Called at the end of every epoch and awaited, so that the checkpoint is stored before training continues. */
  onCheckpoint?(checkpoint: Checkpoint): Promise<void> | void;
  /** Called during slow preparations before the first step, such as the compilation of shaders. */
  onPrepare?(what: string, done: number, total: number): void;
  /** Called during other work that takes time: measuring a part. */
  onBusy?(what: string, done: number, total: number): void;
}

export interface SessionOptions {
  readonly network: Network;
  /** Pictures at the side of the configuration; those known to be broken are left out. */
  readonly pictures: PixelCache;
  /** The record of `startRecord`. With a checkpoint, only its machine is used. */
  readonly record: RunRecord;
  /** Continues after the checkpoint's epoch, with the same bits as if the run had never stopped. */
  readonly checkpoint?: Checkpoint;
  readonly events?: TrainingEvents;
}

export interface TrainingOutcome {
  /** The record with its state `finished`, `stopped` or `failed`; a failure's message is in `error`. */
  readonly record: RunRecord;
  /** The weights of the best epoch, or the last good ones if no epoch ended. Null if they could not be read from the machine. */
  readonly weights: TrainedWeights | null;
}

/** The part that is measured after epochs and chooses the best; null where training and validation parts are both trained on. */
function judgedBy({ protocol }: RunRecord['configuration']): 'validation' | 'test' | null {
  if (protocol === 'released') return 'test';
  return protocol === 'published' ? null : 'validation';
}

const measuresTestLast = ({ protocol }: RunRecord['configuration']): boolean => protocol === 'choose' || protocol === 'published';

/** Whether an epoch is better than the best so far. */
function isBetter(select: Selection, now: Evaluation, before: Evaluation | null): boolean {
  if (!before || select === 'last') return true;
  const [more, less] = [now.accuracy - before.accuracy, before.loss - now.loss];
  return select === 'loss' ? less > 0 || (less === 0 && more > 0) : more > 0 || (more === 0 && less > 0);
}

interface StepUnderWay {
  readonly rates: StepRates;
  readonly result: Promise<StepResult>;
}

/** Sums over the steps of an epoch. */
interface EpochSums {
  loss: number;
  correct: number;
  images: number;
}

/**
 * One run, from its first step or a checkpoint to its final measurement. It depends on neither the host nor the source of the pictures.
 *
 * An epoch goes through the training part in an order drawn by (seed, epoch), and augments each picture as the configuration says. It drops
 * the last, partial batch, unless the part is smaller than a batch. Validation follows every epoch, or every `measureEvery`-th (the paper's
 * is every tenth), and chooses the best epoch by the configuration's `select`. The test part is measured once, at the end, with the weights
 * of that epoch. The configuration's `protocol` can change this to what was published.
 */
export class TrainingSession {
  readonly #network: Network;
  readonly #pictures: PixelCache;
  readonly #events: TrainingEvents;
  readonly #checkpoint: Checkpoint | undefined;
  readonly #train: readonly number[];
  /** Weights by class; null where all pictures have the same weight. */
  readonly #classWeights: Float64Array | null;
  readonly #batch: number;
  readonly #stepsPerEpoch: number;
  readonly #pace = new Pace();
  #record: RunRecord;
  #best: TrainedWeights | null;
  #signal: 'run' | 'pause' | 'stop' = 'run';
  #wake: () => void = () => undefined;
  /** The milliseconds spent in pauses. */
  #held = 0;
  #measureSeconds: number | null = null;

  constructor({ network, pictures, record, checkpoint, events = {} }: SessionOptions) {
    this.#network = network;
    this.#pictures = pictures;
    this.#events = events;
    this.#checkpoint = checkpoint;
    this.#record = checkpoint
      ? {
          ...checkpoint.record,
          state: 'running',
          finished: null,
          error: null,
          adapter: record.adapter,
          numerics: record.numerics,
        }
      : record;
    this.#best = checkpoint && checkpoint.record.bestEpoch !== null ? checkpoint.best : null;
    const { train, validation } = pictures.dataset.parts;
    this.#train = pictures.usable(trainsOnAll(this.#record.configuration) ? [...train, ...validation] : train);
    this.#classWeights = this.#weighClasses();
    this.#batch = Math.max(1, Math.min(this.#record.configuration.batchSize, this.#train.length));
    this.#stepsPerEpoch = Math.floor(this.#train.length / this.#batch);
  }

  get record(): RunRecord {
    return this.#record;
  }

  /** Pauses before the next step, or the next batch of an evaluation. */
  pause(): void {
    if (this.#signal === 'run') this.#signal = 'pause';
  }

  resume(): void {
    if (this.#signal === 'pause') this.#signal = 'run';
    this.#wake();
  }

  /** Ends the run after the present step, also from a pause. */
  stop(): void {
    this.#signal = 'stop';
    this.#wake();
  }

  /** Trains to the end. It never rejects: an error is in the record. Afterwards the network has the outcome's weights. */
  async run(): Promise<TrainingOutcome> {
    const plans: { destroy(): void }[] = [];
    try {
      requireTrainable(this.#pictures, this.#record.configuration);
      this.#events.onRecord?.(this.#record);
      const trainer = await this.#network.trainer(this.#batch, (done, total, stage) =>
        this.#events.onPrepare?.(`${stage} for the training step`, done, total),
      );
      plans.push(trainer);
      const evaluator = await this.#network.evaluator(this.#record.configuration.batchSize, (done, total, stage) =>
        this.#events.onPrepare?.(`${stage} for the evaluation`, done, total),
      );
      plans.push(evaluator);
      const source = await TrainingPictures.open(
        this.#network,
        this.#pictures,
        this.#train,
        augments(this.#record.configuration),
      );
      plans.push(source);
      this.#update({ gpuBytes: this.#network.bytes + trainer.bytes + evaluator.bytes + source.bytes });
      const finished = await this.#runEpochs(trainer, evaluator, source);
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

  /** Writes the checkpoint's state to the network, and returns the number of finished epochs. */
  #restore(): number {
    if (!this.#checkpoint) return 0;
    this.#network.writeTrained(this.#checkpoint.trained);
    this.#network.writeOptimizer(this.#checkpoint.optimizer);
    return this.#checkpoint.epoch;
  }

  /** Returns false if the run was stopped. */
  async #runEpochs(trainer: Trainer, evaluator: Evaluator, source: TrainingPictures): Promise<boolean> {
    const { configuration } = this.#record;
    const { epochs, measureEvery } = configuration;
    const part = judgedBy(configuration);
    for (let epoch = this.#restore(); epoch < epochs; epoch++) {
      const began = performance.now();
      const heldBefore = this.#held;
      const sums = await this.#runSteps(trainer, source, epoch);
      if (!sums) return false;
      const trainSeconds = (performance.now() - began - (this.#held - heldBefore)) / 1000;
      const due = (epoch + 1) % measureEvery === 0 || epoch + 1 === epochs;
      const evaluation = part && due ? await this.#measure(evaluator, part) : undefined;
      if (evaluation === null) return false;
      if (evaluation) this.#measureSeconds = evaluation.seconds;
      const entry: EpochRecord = {
        epoch: epoch + 1,
        trainLoss: sums.loss / sums.images,
        trainAccuracy: sums.correct / sums.images,
        validationLoss: part === 'validation' ? (evaluation?.loss ?? null) : null,
        validationAccuracy: part === 'validation' ? (evaluation?.accuracy ?? null) : null,
        ...(part === 'test' && evaluation ? { testLoss: evaluation.loss, testAccuracy: evaluation.accuracy } : {}),
        learningRate: learningRateAt(configuration, epoch + 1 - 1 / this.#stepsPerEpoch),
        imagesPerSecond: perSecond(sums.images, trainSeconds),
        seconds: (performance.now() - began - (this.#held - heldBefore)) / 1000,
      };
      await this.#endEpoch(entry, evaluation);
    }
    return true;
  }

  async #endEpoch(entry: EpochRecord, evaluation: Evaluation | undefined): Promise<void> {
    const trained = await this.#network.readTrained();
    const { epochs, configuration } = this.#record;
    const part = judgedBy(configuration);
    // Without a part to choose by, the last epoch counts.
    const better = part ? evaluation !== undefined && isBetter(configuration.select, evaluation, this.#record[part]) : true;
    if (better) this.#best = trained;
    this.#update({
      epochs: [...epochs, entry],
      stepMilliseconds: this.#pace.medianMilliseconds,
      ...(better ? { bestEpoch: entry.epoch } : {}),
      ...(better && part && evaluation ? { [part]: evaluation } : {}),
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

  /** Runs the steps of an epoch; returns null if the run was stopped. */
  async #runSteps(trainer: Trainer, source: TrainingPictures, epoch: number): Promise<EpochSums | null> {
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
    const change = changesIn(configuration, epoch, this.#pictures.side);
    for await (const batch of source.batches(order, this.#batch, change)) {
      if (this.#signal !== 'run') {
        await settle(0);
        if ((await this.#gate()) === 'stop') return null;
        this.#pace.start();
      }
      const rates = ratesAt(configuration, step++, this.#stepsPerEpoch);
      const result = trainer.step(
        { pixels: batch.pixels, labels: batch.labels, ...this.#weightsOf(batch.labels), count: batch.indices.length },
        rates,
      );
      // `settle` handles a rejection; until then it must not count as unhandled.
      result.catch(() => undefined);
      underWay.push({ rates, result });
      await settle(OUTSTANDING - 1);
      await yieldToHost();
    }
    await settle(0);
    return sums;
  }

  #weighClasses(): Float64Array | null {
    if (this.#record.configuration.classWeights === 'none') return null;
    const { dataset } = this.#pictures;
    const labels = this.#train.map((index) => dataset.label(index));
    return balancedWeights(labels, dataset.classes.length);
  }

  /** The weights of a batch's pictures, where they differ. */
  #weightsOf(labels: Uint32Array): { weights?: Float32Array<ArrayBuffer> } {
    const weights = this.#classWeights;
    return weights ? { weights: Float32Array.from(labels, (label) => weights[label] ?? 0) } : {};
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
    const { configuration, pictures } = this.#record;
    const part = judgedBy(configuration);
    const measured = part ? pictures[part] : 0;
    const perPicture =
      this.#measureSeconds === null || measured === 0
        ? FORWARD_SHARE / Math.max(this.#pace.imagesPerSecond, 1e-9)
        : this.#measureSeconds / measured;
    const test = measuresTestLast(configuration) ? pictures.test : 0;
    const measurements = Math.ceil(validations / configuration.measureEvery);
    return steps * this.#pace.secondsPerStep + (measurements * measured + test) * perPicture;
  }

  #measure(evaluator: Evaluator, part: 'validation' | 'test'): Promise<Evaluation | null> {
    return evaluate(evaluator, this.#pictures, part, {
      gate: () => this.#gate(),
      onProgress: (done, total) => this.#events.onBusy?.(`Measuring the ${part} part`, done, total),
    });
  }

  async #measureTest(evaluator: Evaluator): Promise<Evaluation | null | 'stopped'> {
    const { configuration, pictures, test } = this.#record;
    if (!measuresTestLast(configuration) || pictures.test === 0) return test;
    return (await this.#measure(evaluator, 'test')) ?? 'stopped';
  }

  /** Waits while the run is paused, and says whether it goes on. */
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
