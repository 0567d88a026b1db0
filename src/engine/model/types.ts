import type { Gathered, Handed, KeptPictures, Progress } from '../plan/machine.js';
import type { Moment } from '../plan/tensor.js';
import type { StepRates } from '../operations/optimizer.js';
import type { OperationTime } from '../plan/machine.js';
import type { Method } from '../../vit/methods/index.js';

export type { StepRates };

/** A tensor on the host, row-major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** A source of frozen weights, read one at a time by timm's names. `src/formats` has such readers. */
export interface BackboneReader {
  shape(name: string): readonly number[] | undefined;
  read(name: string): Promise<HostTensor>;
}

export interface NetworkOptions {
  /** Side of the square pictures in pixels. */
  readonly imageSize: number;
  readonly classes: number;
  readonly method: Method;
  /** 0 for none. */
  readonly loraRank: number;
  /** Hidden width of the adapter, 0 for none. */
  readonly adapterWidth: number;
  /** Whether every weight of the backbone trains as well. */
  readonly trainsBackbone?: boolean;
  /** Tokens merged in each block. */
  readonly schedule: readonly number[];
  /** How many pairs of each block, most similar first, PYRA was trained for; all where it is left out. */
  readonly trainedPairs?: readonly number[] | undefined;
  readonly proportionalAttention: boolean;
  /** Dropout in LoRA's and the adapter's paths while training. */
  readonly dropout: number;
  /** Stochastic depth of the last block, growing linearly from 0. */
  readonly dropPath: number;
  /** Seeds the initial weights and every random draw. */
  readonly seed: number;
  /** Whether the pictures of a training batch have weights in its loss. */
  readonly weighted?: boolean;
  /** Training computes each block's forward again in its backward: less memory, more time, the same bits. */
  readonly recompute?: boolean;
  /** Rounds the frozen matrices to float16. A graphics card then holds them in half the memory; the results differ. */
  readonly halfWeights?: boolean;
  /** Keeps what the backward reads of the forward's activations in float16: half their memory; the results differ slightly. */
  readonly halfActivations?: boolean;
}

/** Pictures for one run of a plan: `count` of them, at most the plan's batch. */
export interface PixelBatch {
  /** RGBA, [count, imageSize, imageSize, 4]. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

export interface TrainingBatch {
  /** As of {@link PixelBatch}, or where the network keeps them. */
  readonly pixels: PixelBatch['pixels'] | Gathered;
  readonly count: number;
  /** [count] */
  readonly labels: Uint32Array<ArrayBuffer>;
  /** [count]: the factor of each picture's loss, where the network was made with `weighted`. */
  readonly weights?: Float32Array<ArrayBuffer>;
}

export interface StepResult {
  /** Mean cross-entropy of the batch, nats. */
  readonly loss: number;
  readonly correct: number;
  readonly count: number;
  /** False once the loss or a gradient was not finite. The weights then stay as they were before that step. */
  readonly finite: boolean;
}

/** One training plan, compiled for a batch size. */
export interface Trainer {
  readonly batch: number;
  /** Multiply-accumulates of a whole step at the full batch. */
  readonly macs: number;
  /** Bytes of memory of this plan alone. */
  readonly bytes: number;
  /** The host's time for handing a step over, on a graphics card. */
  readonly handed?: Handed | undefined;
  /**
   * Encodes and submits a step at once. The promise settles when the result has come back, a few steps later. Keep at most two or three
   * steps outstanding, and never await one before submitting the next.
   */
  step(batch: TrainingBatch, rates: StepRates): Promise<StepResult>;
  /** The time of each operation of a step. The weights are undefined afterwards. */
  profile(batch: TrainingBatch, rates: StepRates): Promise<readonly OperationTime[]>;
  destroy(): void;
}

/** One evaluation plan, compiled for a batch size. */
export interface Evaluator {
  readonly batch: number;
  readonly macs: number;
  readonly bytes: number;
  readonly handed?: Handed | undefined;
  /** Logits [count, classes] (with a distillation token the mean of both heads). Several calls may be outstanding. */
  logits(batch: PixelBatch): Promise<Float32Array<ArrayBuffer>>;
  /** What each operation of a forward takes. */
  profile(batch: PixelBatch): Promise<readonly OperationTime[]>;
  destroy(): void;
}

/** What one block's merge did to one picture. The fields are those of {@link import('../../protocol/maps.js').MergeBlock}. */
export interface BlockTrace {
  readonly tokens: number;
  readonly source: Uint32Array<ArrayBuffer>;
  readonly size: Float32Array<ArrayBuffer>;
  readonly mergedRow: Uint32Array<ArrayBuffer>;
  readonly keptRow: Uint32Array<ArrayBuffer>;
  readonly similarity: Float32Array<ArrayBuffer>;
  readonly pairModulation: Float32Array<ArrayBuffer>;
  readonly channelModulation: Float32Array<ArrayBuffer>;
  readonly modulationStrength: Float32Array<ArrayBuffer>;
  readonly pairTokens: Float32Array<ArrayBuffer>;
  readonly pairKeys: Float32Array<ArrayBuffer>;
}

/** An evaluation plan for one picture that records what every merge did. */
export interface Tracer {
  /** Only one call at a time. */
  trace(pixels: Uint8Array<ArrayBuffer>): Promise<{
    /** [classes] */
    readonly logits: Float32Array<ArrayBuffer>;
    readonly blocks: readonly BlockTrace[];
    /** From handing in the picture to the end of its forward. */
    readonly milliseconds: number;
  }>;
  destroy(): void;
}

/** AdamW's state, one flat array each over all trained weights. */
export interface OptimizerState {
  readonly first: Float32Array<ArrayBuffer>;
  readonly second: Float32Array<ArrayBuffer>;
}

/** A vision transformer on a machine: frozen backbone, trained weights, and the plans made for it. */
export interface Network {
  readonly trainedParameters: number;
  readonly totalParameters: number;
  /** Bytes of weights, gradients and optimiser state. */
  readonly bytes: number;
  trainer(batch: number, onProgress?: Progress): Promise<Trainer>;
  evaluator(batch: number, onProgress?: Progress): Promise<Evaluator>;
  tracer(onProgress?: Progress): Promise<Tracer>;
  /** Memory for training pictures on a graphics card, at the network's side; null where they do not fit. */
  readonly keepPictures?: (count: number) => Promise<KeptPictures | null>;
  /** Names (the authors') and values of everything that is trained. @param when as for a {@link Storage}. */
  readTrained(when?: Moment): Promise<Map<string, HostTensor>>;
  /** Overwrites trained weights; a missing name or a wrong shape is an error that names it. @param when as for a {@link Storage}. */
  writeTrained(weights: ReadonlyMap<string, HostTensor>, when?: Moment): void;
  readOptimizer(): Promise<OptimizerState>;
  writeOptimizer(state: OptimizerState): void;
  destroy(): void;
}
