import type {
  Evaluator,
  HostTensor,
  Network,
  OptimizerState,
  StepRates,
  StepResult,
  Tracer,
  Trainer,
  TrainingBatch,
} from '../engine/model/types.js';
import type { OperationTime } from '../engine/plan/machine.js';
import type { Dataset } from '../data/types.js';
import { PlaygroundError } from '../vit/errors.js';
import { Fixtures } from './fixtures.js';

const BETAS = [0.9, 0.999] as const;

export interface MeanPixelOptions {
  readonly side: number;
  readonly classes: number;
  readonly seed?: number;
  /** Columns of the head's weight, 3 or more. Those beyond the three colours have no input. */
  readonly width?: number;
  /** From this step on results are not finite and weights do not change, as in a real network. */
  readonly notFiniteFrom?: number;
  /** From this step on the device is lost. */
  readonly lostFrom?: number;
  /** Called as each step is submitted. */
  readonly onSubmit?: (step: number) => void;
}

/** The times of an imagined network with two blocks and an update. */
const PROFILE: readonly OperationTime[] = [
  { kind: 'linear', label: 'blocks.0.qkv', macs: 3e6, milliseconds: 1 },
  { kind: 'linear', label: 'blocks.1.qkv', macs: 3e6, milliseconds: 2 },
  { kind: 'adamw', label: 'AdamW', macs: 0, milliseconds: 1 },
];

/**
 * A network without a GPU: logistic regression on a picture's mean red, green and blue, trained with AdamW. Its dropout is keyed by seed
 * and step like the engine's. State is rounded to float32 after each step, so that restoring it restores every bit.
 */
export class MeanPixelNetwork implements Network {
  readonly trainedParameters: number;
  readonly totalParameters: number;
  readonly bytes: number;
  readonly #options: MeanPixelOptions;
  /** The number of the head's columns and its bias. */
  readonly #features: number;
  #weight: Float32Array<ArrayBuffer>;
  #first: Float32Array<ArrayBuffer>;
  #second: Float32Array<ArrayBuffer>;
  #broken = false;
  /** The submitted batches: counts and labels. */
  readonly submitted: {
    readonly count: number;
    readonly labels: readonly number[];
    readonly weights: readonly number[] | undefined;
    readonly rates: StepRates;
  }[] = [];
  /** The number of pictures of each forward. */
  readonly evaluated: number[] = [];
  underWay = 0;
  mostUnderWay = 0;
  plans = 0;

  constructor(options: MeanPixelOptions) {
    this.#options = options;
    this.#features = (options.width ?? 3) + 1;
    const length = options.classes * this.#features;
    this.#weight = Float32Array.from(new Fixtures(options.seed ?? 0).normal(length, 0.01));
    this.#first = new Float32Array(length);
    this.#second = new Float32Array(length);
    this.trainedParameters = length;
    this.totalParameters = length;
    this.bytes = length * 16;
  }

  /** Mean red, green and blue, zeros for further columns, and 1 for the bias. */
  #see({ pixels, count }: Pick<TrainingBatch, 'pixels' | 'count'>): number[][] {
    if (!(pixels instanceof Uint8Array)) throw new Error('this network keeps no pictures');
    const each = this.#options.side ** 2 * 4;
    return Array.from({ length: count }, (_, i) => {
      const sums = Array<number>(this.#features).fill(0);
      for (let at = i * each; at < (i + 1) * each; at += 4) {
        for (let c = 0; c < 3; c++) sums[c]! += pixels[at + c] ?? 0;
      }
      sums[this.#features - 1] = this.#options.side ** 2 * 255;
      return sums.map((sum) => sum / (this.#options.side ** 2 * 255));
    });
  }

  #logits(features: readonly number[]): number[] {
    return Array.from({ length: this.#options.classes }, (_, c) =>
      features.reduce((sum, value, f) => sum + value * this.#weight[c * this.#features + f]!, 0),
    );
  }

  #learn(batch: TrainingBatch, rates: StepRates): StepResult {
    const { classes, seed = 0 } = this.#options;
    const gradient = new Float64Array(classes * this.#features);
    let loss = 0;
    let correct = 0;
    const drop = new Fixtures(seed * 7919 + rates.number).mask(this.#features - 1, 0.1);
    this.#see(batch).forEach((whole, i) => {
      const features = whole.map((value, f) => value * (drop[f] ?? 1));
      const logits = this.#logits(features);
      const most = Math.max(...logits);
      const total = logits.reduce((sum, value) => sum + Math.exp(value - most), 0);
      const label = batch.labels[i] ?? 0;
      loss += most + Math.log(total) - logits[label]!;
      if (logits.indexOf(most) === label) correct++;
      for (let c = 0; c < classes; c++) {
        const error = Math.exp(logits[c]! - most) / total - (c === label ? 1 : 0);
        for (let f = 0; f < this.#features; f++) gradient[c * this.#features + f]! += (error * features[f]!) / batch.count;
      }
    });
    const t = rates.number + 1;
    gradient.forEach((g, i) => {
      const m = BETAS[0] * this.#first[i]! + (1 - BETAS[0]) * g;
      const v = BETAS[1] * this.#second[i]! + (1 - BETAS[1]) * g * g;
      this.#first[i] = m;
      this.#second[i] = v;
      const update = m / (1 - BETAS[0] ** t) / (Math.sqrt(v / (1 - BETAS[1] ** t)) + 1e-8);
      this.#weight[i] = this.#weight[i]! * (1 - rates.learningRate * rates.weightDecay) - rates.learningRate * update;
    });
    return { loss: loss / batch.count, correct, count: batch.count, finite: true };
  }

  async trainer(batch: number): Promise<Trainer> {
    const { notFiniteFrom = Infinity, lostFrom = Infinity, onSubmit } = this.#options;
    this.plans++;
    return {
      batch,
      macs: 0,
      bytes: 0,
      step: async (given, rates) => {
        this.submitted.push({
          count: given.count,
          labels: [...given.labels],
          weights: given.weights && [...given.weights],
          rates,
        });
        this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
        onSubmit?.(rates.number);
        this.#broken ||= rates.number >= notFiniteFrom;
        const result = this.#broken ? { loss: NaN, correct: 0, count: given.count, finite: false } : this.#learn(given, rates);
        await new Promise((resolve) => setTimeout(resolve, 1));
        this.underWay--;
        if (rates.number >= lostFrom) throw new Error('the device was lost');
        return result;
      },
      profile: async () => PROFILE,
      destroy: () => {
        this.plans--;
      },
    };
  }

  async evaluator(batch: number): Promise<Evaluator> {
    this.plans++;
    return {
      batch,
      macs: 0,
      bytes: 0,
      logits: async (given) => {
        this.evaluated.push(given.count);
        return Float32Array.from(this.#see(given).flatMap((features) => this.#logits(features)));
      },
      profile: async () => PROFILE,
      destroy: () => {
        this.plans--;
      },
    };
  }

  async tracer(): Promise<Tracer> {
    throw new Error('a regression on mean pixels merges nothing');
  }

  /** The head's current weight. */
  weights(): number[] {
    return Array.from({ length: this.#options.classes }, (_, c) => [
      ...this.#weight.subarray(c * this.#features, (c + 1) * this.#features - 1),
    ]).flat();
  }

  async readTrained(): Promise<Map<string, HostTensor>> {
    const { classes } = this.#options;
    const width = this.#features - 1;
    const rows = Array.from({ length: classes }, (_, c) => this.#weight.subarray(c * this.#features, (c + 1) * this.#features));
    const weight = new Float32Array(classes * width);
    rows.forEach((row, c) => weight.set(row.subarray(0, width), c * width));
    const bias = Float32Array.from(rows, (row) => row[width] ?? 0);
    return new Map([
      ['head.weight', { shape: [classes, width], data: weight }],
      ['head.bias', { shape: [classes], data: bias }],
    ]);
  }

  writeTrained(weights: ReadonlyMap<string, HostTensor>): void {
    const weight = weights.get('head.weight');
    const bias = weights.get('head.bias');
    if (!weight || !bias) throw new Error('the head is missing');
    const width = this.#features - 1;
    for (let c = 0; c < this.#options.classes; c++) {
      this.#weight.set(weight.data.subarray(c * width, (c + 1) * width), c * this.#features);
      this.#weight[c * this.#features + width] = bias.data[c] ?? 0;
    }
  }

  async readOptimizer(): Promise<OptimizerState> {
    return { first: this.#first.slice(), second: this.#second.slice() };
  }

  writeOptimizer(state: OptimizerState): void {
    this.#first = state.first.slice();
    this.#second = state.second.slice();
  }

  destroy(): void {
    this.plans = 0;
  }
}

export interface ColourOptions {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly classes?: number;
  /** Indices whose pictures cannot be decoded. */
  readonly broken?: ReadonlySet<number>;
}

/** Pictures of one noisy colour, which depends on the class; {@link MeanPixelNetwork} learns them in a few epochs. */
export function colourDataset({ train, validation, test, classes = 3, broken = new Set() }: ColourOptions): Dataset {
  const length = train + validation + test;
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
  const label = (index: number): number => index % classes;
  const pixels = async (index: number, side: number): Promise<Uint8Array<ArrayBuffer>> => {
    if (broken.has(index)) throw new PlaygroundError('data.image', `colour-${index}: cannot be decoded`);
    const random = new Fixtures(index);
    const data = new Uint8Array(side * side * 4);
    for (let at = 0; at < data.length; at += 4) {
      for (let c = 0; c < 3; c++) data[at + c] = (c === label(index) % 3 ? 150 : 90) + 60 * random.next();
      data[at + 3] = 255;
    }
    return data;
  };
  return {
    name: 'colours',
    form: 'drawn',
    classes: range(0, classes).map((c) => `colour ${c}`),
    split: 'As told.',
    parts: { train: range(0, train), validation: range(train, validation), test: range(train + validation, test) },
    length,
    nameOf: (index) => `colour-${index}`,
    label,
    pixels,
    picture: async (index) => ({ width: 8, height: 8, data: await pixels(index, 8) }),
    encoded: async () => ({ bytes: new Uint8Array(0), extension: 'bin' }),
    fingerprint: 'colours',
    digest: async (index) => `colour-${index}`,
    key: (index) => index,
  };
}
