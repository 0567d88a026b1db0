import type { VerifyReport, VerifyRow } from '../../protocol/api.js';
import type { Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Machine, Plan, Program, Progress } from '../plan/machine.js';
import { recordForward } from '../model/forward.js';
import { logitScale } from '../model/parts/head.js';
import { mergeOutputs } from '../model/parts/merging.js';
import type { NetworkState } from '../model/state.js';
import { createState } from '../model/network.js';
import { flatten, unflatten } from '../model/parameters.js';
import { stepValues, trainingProgram } from '../model/trainer.js';
import type { BackboneReader, HostTensor, NetworkOptions } from '../model/types.js';

/** The content of a golden file: a network of random weights, and what another implementation computed with it in float64. */
export interface GoldenCase {
  readonly name: string;
  readonly architecture: Architecture;
  readonly options: NetworkOptions;
  readonly batch: number;
  readonly weightDecay: number;
  readonly pyraLearningRate: number;
  readonly steps: number;
  /** The number of batches of images. Step i takes batch i % batches; everything else takes the first. */
  readonly batches: number;
  /** The common learning rate of each step. */
  readonly rates: readonly number[];
  readonly trainable: readonly string[];
  /** Weights by the authors' names. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** [batches B, 3, S, S], normalised. */
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: Uint32Array<ArrayBuffer>;
  /** The tensors under `expect.`, without that prefix, as numbers. */
  readonly expected: ReadonlyMap<string, ArrayLike<number>>;
}

/**
 * Bounds for float32 compared with float64; PyTorch's own float32 run stays within a fifth of them. `changeRounding` is the rounding of a
 * float32 weight in each step, relative to the weight. Scores closer than `scoreTie` may be in either order.
 */
export const VERIFY_BOUNDS = {
  forward: 2e-5,
  gradient: 2e-4,
  change: 2e-2,
  changeRounding: 1.2e-7,
  scoreTie: 1e-5,
  /** Gradients below this fraction of the tensor's largest are rounding of float64. */
  noGradient: 1e-12,
} as const;

/**
 * Compares a machine with a golden file: evaluation, a training step with every gradient, and the AdamW steps.
 * @param onProgress of the two compilations.
 */
export async function verifyGolden(machine: Machine, golden: GoldenCase, onProgress?: Progress): Promise<VerifyReport> {
  const reader: BackboneReader = {
    shape: (name) => golden.weights.get(name)?.shape,
    read: (name) => {
      const tensor = golden.weights.get(name);
      if (tensor) return Promise.resolve(tensor);
      return Promise.reject(
        new PlaygroundError('weights.missing-tensor', `${golden.name}: there is no tensor 'weights.${name}'`, { subject: name }),
      );
    },
  };
  const state = await createState(machine, golden.architecture, reader, golden.options);
  const { trained } = state;
  const names = trained.layout.parameters.map(({ name }) => name).sort();
  const listed = [...golden.trainable].sort();
  if (names.join() !== listed.join()) {
    throw new PlaygroundError(
      'file.damaged',
      `${golden.name}: its trainable weights (${listed.length}) are not those of its method (${names.length}), such as ${
        names.find((name) => !listed.includes(name)) ?? listed.find((name) => !names.includes(name)) ?? ''
      }`,
      { subject: 'trainable' },
    );
  }
  trained.writeValues(flatten(trained.layout, golden.weights));
  const rows: VerifyRow[] = [];
  try {
    const compile = (program: Program): Promise<Plan> => machine.compile(program, onProgress);
    await verifyEvaluation(compile, state, golden, rows);
    await verifyTraining(compile, state, golden, rows);
  } finally {
    state.backbone.release();
    trained.release();
  }
  return { file: golden.name, passed: rows.every(({ passed }) => passed), rows };
}

type Compile = (program: Program) => Promise<Plan>;

async function verifyEvaluation(compile: Compile, state: NetworkState, golden: GoldenCase, rows: VerifyRow[]): Promise<void> {
  const plan = await compile({
    label: 'verify evaluation',
    images: golden.batch,
    record: (recorder, images) => {
      const wanted = { form: 'floats', training: false, keepBlocks: true, trace: true } as const;
      recorder.output('logits', recordForward(recorder, state, { images, ...wanted }));
    },
  });
  try {
    const blocks = Array.from({ length: golden.architecture.depth }, (_, block) => ({
      output: `blocks.${block}.output`,
      merge: mergeOutputs(state, block),
    }));
    const merges = blocks.flatMap(({ merge }) => (merge ? [merge.pairs, merge.score, merge.size, merge.source] : []));
    const read = ['logits', ...blocks.map(({ output }) => output), ...merges];
    const step = { seed: 0, number: 0, images: golden.batch };
    const values = await plan.run({ step, inputs: { pixels: batchOf(golden, 0).pixels }, read });
    const computed: Computed = new Map(read.map((name, index) => [name, values[index] ?? new ArrayBuffer(0)]));
    const scale = logitScale(state);
    const logits = floatsOf(computed, 'logits').map((value) => value * scale);
    rows.push(relative(golden, 'logits', logits, VERIFY_BOUNDS.forward));
    for (const [block, { output, merge }] of blocks.entries()) {
      rows.push(relative(golden, output, floatsOf(computed, output), VERIFY_BOUNDS.forward));
      if (merge) rows.push(...compareMerge(computed, golden, `blocks.${block}.merge`, merge));
    }
  } finally {
    plan.destroy();
  }
}

/** The pictures and labels of one batch of the file. */
function batchOf({ images, labels, batch, batches }: GoldenCase, index: number) {
  const pixels = images.length / batches;
  return {
    pixels: images.slice(index * pixels, (index + 1) * pixels),
    labels: labels.slice(index * batch, (index + 1) * batch),
  };
}

async function verifyTraining(compile: Compile, state: NetworkState, golden: GoldenCase, rows: VerifyRow[]): Promise<void> {
  const { trained } = state;
  const plan = await compile(trainingProgram(state, golden.batch, { form: 'floats' }));
  try {
    const losses: number[] = [];
    for (let number = 0; number < golden.steps; number++) {
      const { pyraLearningRate, weightDecay } = golden;
      const learningRate = golden.rates[number] ?? NaN;
      const step = stepValues(0, golden.batch, { number, learningRate, pyraLearningRate, weightDecay });
      const inputs = batchOf(golden, number % golden.batches);
      const [result = new ArrayBuffer(0)] = await plan.run({ step, inputs, read: [trained.result] });
      losses.push(new Float32Array(result)[0] ?? NaN);
      if (number > 0) continue;
      rows.push(relative(golden, 'loss', losses, VERIFY_BOUNDS.forward));
      const gradients = unflatten(trained.layout, await trained.readGradients());
      for (const [name, { data }] of gradients) rows.push(relative(golden, `grads.${name}`, data, VERIFY_BOUNDS.gradient));
    }
    rows.push(relative(golden, 'adamw.losses', losses, VERIFY_BOUNDS.forward));
    for (const [name, { data }] of unflatten(trained.layout, await trained.readValues())) {
      rows.push(compareChange(golden, name, data));
    }
  } finally {
    plan.destroy();
  }
}

/** The results of a run, by name. */
type Computed = ReadonlyMap<string, ArrayBuffer>;

function floatsOf(computed: Computed, name: string): Float32Array<ArrayBuffer> {
  return new Float32Array(computed.get(name) ?? new ArrayBuffer(0));
}

function indicesOf(computed: Computed, name: string): Uint32Array<ArrayBuffer> {
  return new Uint32Array(computed.get(name) ?? new ArrayBuffer(0));
}

function expectedOf(golden: GoldenCase, name: string, length: number): ArrayLike<number> {
  const expected = golden.expected.get(name);
  if (!expected) {
    throw new PlaygroundError('weights.missing-tensor', `${golden.name}: there is no tensor 'expect.${name}'`, { subject: name });
  }
  if (expected.length !== length) {
    throw new PlaygroundError(
      'weights.wrong-shape',
      `${golden.name}: 'expect.${name}' has ${expected.length} elements, expected ${length}`,
      { subject: name },
    );
  }
  return expected;
}

function norms(actual: ArrayLike<number>, expected: ArrayLike<number>): { difference: number; norm: number } {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? NaN;
    difference += ((actual[i] ?? NaN) - value) ** 2;
    norm += value ** 2;
  }
  return { difference: Math.sqrt(difference), norm: Math.sqrt(norm) };
}

/** The relative L2 error. If the expected tensor is all zero, the error is absolute and must be zero. */
function relative(golden: GoldenCase, name: string, actual: ArrayLike<number>, bound: number): VerifyRow {
  const { difference, norm } = norms(actual, expectedOf(golden, name, actual.length));
  const error = norm > 0 ? difference / norm : difference;
  const limit = norm > 0 ? bound : 0;
  return { tensor: name, error, bound: limit, passed: error <= limit };
}

/**
 * The error of a weight's change over all steps, relative to the change. Elements whose gradient in the file is only rounding are left out,
 * because AdamW turns even that into a full step: for example the keys' bias adds the same to all logits of a query, so its gradient is
 * zero.
 */
function compareChange(golden: GoldenCase, name: string, values: Float32Array<ArrayBuffer>): VerifyRow {
  const gradient = expectedOf(golden, `grads.${name}`, values.length);
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(gradient[i] ?? NaN));
  const moved = (all: ArrayLike<number>): number[] =>
    Array.from(all).filter((_, i) => Math.abs(gradient[i] ?? NaN) >= VERIFY_BOUNDS.noGradient * largest);
  const actual = moved(values);
  const expected = moved(expectedOf(golden, `adamw.${name}`, values.length));
  const start = moved(golden.weights.get(name)?.data ?? new Float32Array(values.length));
  const { difference, norm } = norms(actual, expected);
  const change = norms(start, expected).difference;
  const rounding = VERIFY_BOUNDS.changeRounding * golden.steps * norm;
  const unit = change > 0 ? change : 1;
  const error = difference / unit;
  const bound = (VERIFY_BOUNDS.change * change + rounding) / unit;
  return { tensor: `adamw.${name}`, error, bound, passed: error <= bound };
}

type MergeNames = NonNullable<ReturnType<typeof mergeOutputs>>;

/**
 * Compares pairs and their order, sizes and the source map; the error is the number of different elements. A pair may differ from the
 * file's if the scores of both at its place are closer than `scoreTie`. Sizes and sources of an image with such a pair are then not
 * compared.
 */
function compareMerge(computed: Computed, golden: GoldenCase, prefix: string, names: MergeNames): VerifyRow[] {
  const { batch } = golden;
  const pairs = indicesOf(computed, names.pairs);
  const scores = floatsOf(computed, names.score);
  const sizes = floatsOf(computed, names.size);
  const r = scores.length / batch;
  const expectedSrc = expectedOf(golden, `${prefix}.src`, batch * r);
  const expectedDst = expectedOf(golden, `${prefix}.dst`, batch * r);
  const expectedScore = expectedOf(golden, `${prefix}.score`, batch * r);
  const tied = new Set<number>();
  let wrong = 0;
  for (let i = 0; i < batch * r; i++) {
    if (pairs[2 * i] === expectedSrc[i] && pairs[2 * i + 1] === expectedDst[i]) continue;
    if (Math.abs((scores[i] ?? NaN) - (expectedScore[i] ?? NaN)) <= VERIFY_BOUNDS.scoreTie) tied.add(Math.floor(i / r));
    else wrong++;
  }
  const differing = (name: string, actual: ArrayLike<number>): VerifyRow => {
    const expected = expectedOf(golden, `${prefix}.${name}`, actual.length);
    const perImage = actual.length / batch;
    let count = 0;
    for (let i = 0; i < actual.length; i++) {
      if (actual[i] !== expected[i] && !tied.has(Math.floor(i / perImage))) count++;
    }
    return exact(`${prefix}.${name}`, count);
  };
  return [
    exact(`${prefix}.pairs`, wrong),
    relative(golden, `${prefix}.score`, scores, VERIFY_BOUNDS.forward),
    differing('size', sizes),
    differing('source', indicesOf(computed, names.source)),
  ];
}

function exact(tensor: string, wrong: number): VerifyRow {
  return { tensor, error: wrong, bound: 0, passed: wrong === 0 };
}
