import { z } from 'zod';
import { configurationSchema, type Configuration } from '../../vit/configuration.js';

/** A graphics card, software that plays one, or the processor. */
export const MACHINE_KINDS = ['gpu', 'software', 'cpu'] as const;
export type MachineKind = (typeof MACHINE_KINDS)[number];

/** Records from before there were kinds say whether it was hardware. */
function withKind(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('hardware' in value) || 'kind' in value) return value;
  return { ...value, kind: value.hardware === true ? 'gpu' : 'software' };
}

/** Which machine computed something, as it should be printed beside every figure. */
const describedAdapter = z.object({
  /** For example `swiftshader (google, software)`. */
  name: z.string(),
  vendor: z.string(),
  architecture: z.string(),
  description: z.string(),
  /** `software`: SwiftShader, llvmpipe, WARP, where the processor plays a graphics card; `cpu`: the processor itself. */
  kind: z.enum(MACHINE_KINDS),
  features: z.array(z.string()),
  /** Measured speed of a matrix product, all threads together, in 10^9 floating-point operations a second. */
  gflops: z.number().optional(),
});
export const adapterSchema = z.preprocess(withKind, describedAdapter);
export type AdapterDescription = z.infer<typeof adapterSchema>;

export const epochSchema = z.object({
  /** 1-based. */
  epoch: z.number().int(),
  /** Mean training loss of the epoch, in nats. */
  trainLoss: z.number(),
  /** Fractions from 0 to 1. */
  trainAccuracy: z.number(),
  /** Null where the epoch was not measured, or nothing was left to validate with. */
  validationLoss: z.number().nullable(),
  validationAccuracy: z.number().nullable(),
  /** Only under the protocol `released`, which measures the test part after each epoch. */
  testLoss: z.number().optional(),
  testAccuracy: z.number().optional(),
  learningRate: z.number(),
  /** Training throughput, images each second. */
  imagesPerSecond: z.number(),
  /** Wall time of the epoch, evaluation included. */
  seconds: z.number(),
});
export type EpochRecord = z.infer<typeof epochSchema>;

export const evaluationSchema = z.object({
  images: z.number().int(),
  loss: z.number(),
  accuracy: z.number(),
  /** Per class, in the order of `classes`: null where the part has no picture of it. */
  classAccuracy: z.array(z.number().nullable()),
  /** Row: true class, column: predicted class; counts. */
  confusion: z.array(z.array(z.number().int())),
  /** Which pictures of the part, in its order, were classified right: as {@link packRight} writes it. */
  right: z.string().optional(),
  imagesPerSecond: z.number(),
  seconds: z.number(),
  /** Name of the adapter, where it was measured again after the run. */
  adapter: z.string().optional(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/**
 * Identifies a run's pictures, whatever they are called: for each part, 32 hexadecimal digits of its pictures' content and class names,
 * in their order.
 */
export const dataFingerprintSchema = z.object({
  train: z.string(),
  validation: z.string(),
  test: z.string(),
  /** Pictures that each part lists, including those that cannot be decoded: the counts that are known before the pictures are read. */
  listed: z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }).optional(),
});
export type DataFingerprint = Readonly<z.infer<typeof dataFingerprintSchema>>;

/**
 * Number of the order in which a kind of machine takes its sums. It rises where a change of the engine gives other bits on the same
 * adapter. `run.json` holds the number that the machine which computed the run had, and a record without one has 1. A run of another
 * number is opened, measured and exported as ever, but not continued, since the bits would be those of neither engine.
 */
export const NUMERICS: Readonly<Record<MachineKind, number>> = { gpu: 4, software: 4, cpu: 2 };

/** The same for runs that recompute: their groups on processors, and so their sums, were others until they became those of all runs. */
const RECOMPUTED: typeof NUMERICS = { ...NUMERICS, cpu: NUMERICS.cpu + 1 };

/** The number of a run with this configuration on such a machine. */
export const numericsOf = (kind: MachineKind, { recompute }: Pick<Configuration, 'recompute'>): number =>
  (recompute ? RECOMPUTED : NUMERICS)[kind];

/** `run.json`: everything that reproduces a run, and its results. */
export const runSchema = z.object({
  format: z.literal('pyra-playground-run'),
  version: z.literal(1),
  /** The {@link NUMERICS} of the machine that computed it; absent in records from before there were numbers, which have 1. */
  numerics: z.number().int().min(1).optional(),
  id: z.string(),
  name: z.string(),
  /** What a person wrote down about it. */
  notes: z.string().max(2000).optional(),
  /** ISO 8601. */
  started: z.string(),
  finished: z.string().nullable(),
  state: z.enum(['running', 'paused', 'finished', 'stopped', 'failed']),
  configuration: configurationSchema,
  adapter: adapterSchema,
  /** 32 hexadecimal digits that identify the frozen weights; absent where they were not computed. */
  backboneFingerprint: z.string().optional(),
  classes: z.array(z.string()),
  /** Pictures in each part. */
  pictures: z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
  /** Null in records from before there were fingerprints. */
  dataFingerprint: dataFingerprintSchema.nullable().default(null),
  /** Tokens merged in each block. */
  schedule: z.array(z.number().int()),
  /** Tokens that enter each block, and what leaves the last. */
  tokens: z.array(z.number().int()),
  /** Multiply-accumulates of one image's forward. */
  macs: z.number(),
  trainedParameters: z.number().int(),
  totalParameters: z.number().int(),
  epochs: z.array(epochSchema),
  bestEpoch: z.number().int().nullable(),
  /** Of the test part, with the best epoch's weights; measured once, except under the protocol `released`. */
  test: evaluationSchema.nullable(),
  validation: evaluationSchema.nullable(),
  /** Training step time in milliseconds, median. */
  stepMilliseconds: z.number().nullable(),
  gpuBytes: z.number(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type RunRecord = z.infer<typeof runSchema>;

/** Many runs in one file: what a report writes, and what the page's study is kept as. */
export const resultsSchema = z.object({
  format: z.literal('pyra-playground-results'),
  version: z.literal(1),
  runs: z.array(runSchema),
  /** Runs whose weights lie beside the file, by their ids: `weights/ID.safetensors`. */
  weights: z.array(z.string()).default([]),
});
export type Results = Readonly<z.infer<typeof resultsSchema>>;

/** One training step, as it arrives (a few steps after it ran: nothing waits for it). */
export interface StepMetrics {
  readonly runId: string;
  /** 0-based, over the whole run. */
  readonly step: number;
  /** 1-based: the epoch that the step belongs to. */
  readonly epoch: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Mean cross-entropy of the batch in nats. */
  readonly loss: number;
  /** Fraction of the batch that was right. */
  readonly accuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}
