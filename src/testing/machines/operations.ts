/** Every operation on random shapes, to compare each machine with the float64 reference. */
import { attention } from '../../engine/operations/attention.js';
import { drawPairs } from '../../engine/operations/draw-pairs.js';
import { firstTokens } from '../../engine/operations/first-tokens.js';
import { packHalf, unpackHalf } from '../../engine/operations/half.js';
import { layerNorm } from '../../engine/operations/layer-norm.js';
import { linear } from '../../engine/operations/linear.js';
import { crossEntropy } from '../../engine/operations/loss.js';
import { match } from '../../engine/operations/match.js';
import { merge } from '../../engine/operations/merge.js';
import { adamw, GROUP_LENGTH, updateValues } from '../../engine/operations/optimizer.js';
import { assembleTokens, cutPatches } from '../../engine/operations/patches.js';
import { modulationStrength, pairTokens, track } from '../../engine/operations/trace.js';
import type { Machine, StepValues } from '../../engine/plan/machine.js';
import type { Kind } from '../../engine/plan/operation.js';
import { Tape } from '../../engine/plan/tape.js';
import type { Tensor } from '../../engine/plan/tensor.js';
import { match as referenceMatch } from '../../engine/reference/merging/match.js';
import { metric } from '../../engine/reference/merging/metric.js';
import { packHalves } from '../../vit/half.js';
import { Fixtures } from '../fixtures.js';
import { expectClose } from '../numbers/closeness.js';
import { asIndices, Bench } from './bench.js';
import { pairsOf, randomMatch, uploadMatch } from './merging.js';

/** The kinds that a network records. The tape records the others, which are tested along with these. */
export type Forward = Exclude<Kind, `${string}Backward` | 'weightGradient' | 'layerNormWeightGradient'>;

/** What is compared. */
interface Recorded {
  /** Tensors to compare, by name. Those of one name are compared together: a sum that happens to cancel is only as accurate as its terms. */
  readonly wanted: Readonly<Record<string, readonly (Tensor | undefined)[]>>;
  readonly step?: Partial<StepValues>;
}

interface OperationCase {
  /** The relative L2 error allowed for float32 against float64: a few units in the last place, 6e-8, for each sum and function. */
  readonly bound: number;
  /** The size of a sum's terms, if the sum may cancel to less: it is only as accurate as they are. */
  readonly terms?: number;
  /** Draws a shape and numbers, and records the operation, with its backward if it has one. */
  record(bench: Bench, random: Fixtures): Recorded;
}

const FEW_ROUNDINGS = 1e-6;
const SUMS = 2e-6;
const CHAIN = 1e-5;

const whole = (random: Fixtures, least: number, most: number): number => least + Math.floor(random.next() * (most - least + 1));
const flip = (random: Fixtures): boolean => random.next() < 0.5;
const pick = <const T>(random: Fixtures, from: readonly [T, ...T[]]): T => from[whole(random, 0, from.length - 1)] ?? from[0];

/** A side of a matrix, often that of a tile of sixteen, plus or minus one. */
const side = (random: Fixtures, most: number): number =>
  flip(random) ? whole(random, 1, most) : pick(random, [1, 4, 8, 15, 16, 17, 32, 33]);

/** Records the backward of one tensor's gradient. @param passing whether an input also has a gradient from elsewhere. */
function backward(bench: Bench, random: Fixtures, out: Tensor, learning: Tensor, passing = false): Tape {
  const tape = new Tape(bench.recorder, [learning]);
  if (passing) tape.hand(learning, bench.input('passing', random.normal(learning.length)));
  tape.hand(out, bench.input('gradient', random.normal(out.length)));
  tape.run(false);
  return tape;
}

function reduction(random: Fixtures) {
  const tokens = whole(random, 4, 40);
  const protectedTokens = whole(random, 1, tokens > 12 ? 6 : 2);
  const r = whole(random, 1, Math.floor((tokens - protectedTokens) / 2));
  return { images: whole(random, 1, 3), tokens, r, protectedTokens };
}

export const OPERATION_CASES: Readonly<Record<Forward, OperationCase>> = {
  cutPatches: {
    bound: FEW_ROUNDINGS,
    record(bench, random) {
      const [images, patchSize] = [whole(random, 1, 3), whole(random, 1, 8)];
      const imageSize = whole(random, patchSize, 4 * patchSize);
      const bytes = flip(random);
      const words = images * imageSize * imageSize;
      const pixels = bytes
        ? bench.indices(
            'pixels',
            Uint32Array.from({ length: words }, () => Math.floor(random.next() * 2 ** 32)),
          )
        : bench.input('pixels', random.normal(3 * words));
      const normalise = bytes ? ({ mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] } as const) : null;
      return {
        wanted: { patches: [cutPatches(bench.recorder, { label: 'patches', pixels, images, imageSize, patchSize, normalise })] },
      };
    },
  },
  assembleTokens: {
    bound: FEW_ROUNDINGS,
    record(bench, random) {
      const [images, patches, protectedTokens, channels] = [
        whole(random, 1, 3),
        whole(random, 1, 20),
        whole(random, 1, 2),
        side(random, 40),
      ];
      const embedded = bench.input('embedded', random.normal(images * patches * channels));
      const [front, all] = [random.normal(protectedTokens * channels), random.normal((protectedTokens + patches) * channels)];
      const call = { label: 'tokens', embedded, images, patches, protectedTokens, channels };
      if (flip(random)) {
        const [prefix, positions] = [bench.frozen('prefix', front), bench.frozen('positions', all)];
        return { wanted: { x: [assembleTokens(bench.recorder, { ...call, prefix, positions })] } };
      }
      const [prefix, positions] = [bench.trained('prefix', front), bench.trained('positions', all)];
      const x = assembleTokens(bench.recorder, { ...call, prefix, positions });
      const dembedded = backward(bench, random, x, embedded).gradientOf(embedded);
      return { wanted: { x: [x], dembedded: [dembedded], dweights: [prefix.gradient, positions.gradient] } };
    },
  },
  packHalf: {
    bound: 0,
    record(bench, random) {
      const length = side(random, 70);
      // From float16's subnormal numbers to beyond its largest.
      const values = random.normal(length).map((value) => value * 10 ** random.uniform(1, -7, 5)[0]!);
      const packing = packHalf(bench.input('x', values));
      bench.recorder.record(packing);
      return { wanted: { packed: [packing.tensors.packed] } };
    },
  },
  unpackHalf: {
    bound: 0,
    record(bench, random) {
      const length = side(random, 70);
      const values = Float32Array.from(random.normal(length), (value) => value * 10 ** random.uniform(1, -4, 4)[0]!);
      const unpacking = unpackHalf(bench.indices('packed', packHalves(values)), bench.recorder.tensor('x', length));
      bench.recorder.record(unpacking);
      return { wanted: { y: [unpacking.tensors.y] } };
    },
  },
  firstTokens: {
    bound: FEW_ROUNDINGS,
    record(bench, random) {
      const [images, tokens, channels] = [whole(random, 1, 3), whole(random, 1, 20), side(random, 40)];
      const x = bench.input('x', random.normal(images * tokens * channels));
      const kept = whole(random, 1, tokens);
      const y = firstTokens(bench.recorder, { label: 'first', x, images, tokens, kept, channels });
      return { wanted: { y: [y], dx: [backward(bench, random, y, x, flip(random)).gradientOf(x)] } };
    },
  },
  layerNorm: {
    bound: CHAIN,
    record(bench, random) {
      const channels = Math.max(3, side(random, 70));
      const every = whole(random, 1, 4);
      const rows = every * whole(random, 1, 9);
      const x = bench.input('x', random.normal(rows * channels, 2, 0.5));
      const [scale, shift] = [random.normal(channels, 0.3, 1), random.normal(channels, 0.3)];
      const learns = flip(random) ? { gamma: bench.trained('gamma', scale), beta: bench.trained('beta', shift) } : undefined;
      const { y } = layerNorm(bench.recorder, {
        ...{ label: 'norm', x, channels, epsilon: 1e-6, pick: { every, offset: whole(random, 0, every - 1) } },
        ...(learns ?? { gamma: bench.frozen('gamma', scale), beta: bench.frozen('beta', shift) }),
      });
      const dx = backward(bench, random, y, x, flip(random)).gradientOf(x);
      const dweights = learns ? { dweights: [learns.gamma.gradient, learns.beta.gradient] } : {};
      return { wanted: { y: [y], dx: [dx], ...dweights } };
    },
  },
  linear: {
    bound: SUMS,
    terms: 1,
    record(bench, random) {
      const [rows, columns, depth] = [side(random, 70), side(random, 50), side(random, 70)];
      const trained = flip(random);
      const make = (label: string, values: Float64Array): Tensor =>
        trained ? bench.trained(label, values) : bench.frozen(label, values);
      const activation = pick(random, ['gelu', 'quick-gelu', null]);
      const [a, second] = [bench.input('a', random.normal(rows * depth)), whole(random, 1, 20)];
      const weights = [
        make('weight', random.normal(columns * depth)),
        make('second weight', random.normal(second * columns)),
      ] as const;
      const biases = [make('bias', random.normal(columns)), make('second bias', random.normal(second))] as const;
      const more = (length: number): Tensor | undefined =>
        flip(random) ? bench.input('more', random.normal(length)) : undefined;
      const hidden = linear(bench.recorder, {
        ...{ label: 'one', a, weight: weights[0], bias: biases[0], rows, columns, depth },
        ...(activation ? { activation } : { addend: more(rows * columns) }),
      });
      const out = linear(bench.recorder, {
        ...{ label: 'two', a: hidden, weight: weights[1], bias: flip(random) ? biases[1] : undefined },
        ...{ rows, columns: second, depth: columns, residual: more(rows * second) },
      });
      const tape = backward(bench, random, out, a, flip(random));
      const gradients = trained ? { dweight: weights.map(({ gradient }) => gradient), dbias: [biases[0].gradient] } : {};
      return { wanted: { hidden: [hidden], out: [out], da: [tape.gradientOf(a)], ...gradients } };
    },
  },
  attention: {
    bound: CHAIN,
    record(bench, random) {
      const [images, tokens, heads, headWidth] = [
        whole(random, 1, 2),
        whole(random, 2, 40),
        whole(random, 1, 3),
        pick(random, [16, 17, 32]),
      ];
      const queries = flip(random) ? tokens : whole(random, 1, tokens);
      const qkv = bench.input('qkv', random.normal(images * tokens * 3 * heads * headWidth));
      const size = flip(random) ? bench.input('size', random.integers(images * tokens, 1, 9)) : undefined;
      const out = attention(bench.recorder, { label: 'attention', qkv, size, images, tokens, queries, heads, headWidth });
      return { wanted: { out: [out], dqkv: [backward(bench, random, out, qkv).gradientOf(qkv)] } };
    },
  },
  match: {
    bound: FEW_ROUNDINGS,
    terms: 1,
    record(bench, random) {
      const { images, tokens, r, protectedTokens } = reduction(random);
      const [heads, headWidth] = [whole(random, 1, 3), pick(random, [16, 17, 32])];
      const shape = { images, tokens, heads, headWidth };
      let qkv: Float64Array;
      // Drawn until float32 can distinguish the scores that decide.
      do qkv = random.normal(images * tokens * 3 * heads * headWidth).map(Math.fround);
      while (
        referenceMatch(metric(qkv, shape), {
          images,
          tokens,
          headWidth,
          r,
          protectedTokens,
        }).gap.some((gap) => gap < 1e-5)
      );
      const given = { label: 'match', qkv: bench.input('qkv', qkv), images, tokens, heads, headWidth, r, protectedTokens };
      const { pairs, rowOf, score } = match(bench.recorder, given);
      return { wanted: { pairs: [pairs], rowOf: [rowOf], score: [score] } };
    },
  },
  drawPairs: {
    bound: 0,
    record(bench, random) {
      const seed = Math.floor(random.next() * 2 ** 32);
      const { pairs, rowOf } = drawPairs(bench.recorder, {
        label: 'pairs',
        ...reduction(random),
        seed,
        block: whole(random, 0, 23),
      });
      return { wanted: { pairs: [pairs], rowOf: [rowOf] } };
    },
  },
  merge: {
    bound: CHAIN,
    record(bench, random) {
      const { images, tokens, r, protectedTokens } = reduction(random);
      const channels = Math.max(3, side(random, 40));
      const shape = { images, tokens, channels, r, protectedTokens };
      const x = bench.input('x', random.normal(images * tokens * channels));
      const weight = pick(random, ['size', 'size', 'zero']);
      const halves = pick(random, [null, [true, true], [true, false], [false, true]]);
      const modulation = halves && weight === 'size' ? { channels: halves[0], pairs: halves[1] } : null;
      const trainedPairs = flip(random) ? undefined : whole(random, 0, r);
      const weights =
        modulation &&
        bench.trainedTogether({
          a: random.normal(r, 0.5),
          b: random.normal(channels, 0.5),
          gamma: random.normal(channels, 0.3, 1),
          beta: random.normal(channels, 0.3),
        });
      const { out, outSize } = merge(bench.recorder, {
        ...{ label: 'merge', ...uploadMatch(bench, randomMatch(random, shape), shape), x },
        size: weight === 'size' && flip(random) ? bench.input('size', random.integers(images * tokens, 1, 5)) : undefined,
        ...{ images, tokens, channels, r, protectedTokens, weight, modulation, trainedPairs, weights: weights ?? undefined },
      });
      const dx = backward(bench, random, out, x).gradientOf(x);
      const gradients = weights ? { gradients: Object.values(weights).map(({ gradient }) => gradient) } : {};
      return { wanted: { out: [out], outSize: [outSize], dx: [dx], ...gradients } };
    },
  },
  track: {
    bound: 0,
    record(bench, random) {
      const { images, tokens, r, protectedTokens } = reduction(random);
      const initialTokens = flip(random) ? tokens : tokens + whole(random, 1, 9);
      const { rowOf } = uploadMatch(bench, randomMatch(random, { images, tokens, channels: 1, r, protectedTokens }), {
        ...{ images, tokens, channels: 1, r, protectedTokens },
      });
      const source =
        initialTokens > tokens ? bench.indices('source', random.integers(images * initialTokens, 0, tokens - 1)) : undefined;
      return { wanted: { out: [track(bench.recorder, { label: 'track', source, rowOf, images, initialTokens, tokens })] } };
    },
  },
  modulationStrength: {
    bound: SUMS,
    record(bench, random) {
      const { images, tokens, r, protectedTokens } = reduction(random);
      const channels = side(random, 40);
      const best = randomMatch(random, { images, tokens, channels, r, protectedTokens });
      const strength = modulationStrength(bench.recorder, {
        label: 'strength',
        x: bench.input('x', random.normal(images * tokens * channels)),
        pairs: bench.indices('pairs', pairsOf(best)),
        gChannels: bench.input('g_D', random.uniform(images * channels, 0, 2)),
        gPairs: bench.input('g_r', random.uniform(images * r)),
        ...{ images, tokens, channels, r },
      });
      return { wanted: { strength: [strength] } };
    },
  },
  pairTokens: {
    bound: FEW_ROUNDINGS,
    record(bench, random) {
      const { images, tokens, r, protectedTokens } = reduction(random);
      const [channels, heads, headWidth] = [side(random, 40), whole(random, 1, 3), whole(random, 1, 33)];
      const shape = { images, tokens, channels, r, protectedTokens };
      const { pairs, rowOf } = uploadMatch(bench, randomMatch(random, shape), shape);
      const out = pairTokens(bench.recorder, {
        label: 'pair tokens',
        x: bench.input('x', random.normal(images * tokens * channels)),
        qkv: bench.input('qkv', random.normal(images * tokens * 3 * heads * headWidth)),
        after: bench.input('after', random.normal(images * (tokens - r) * channels)),
        ...{ pairs, rowOf, images, tokens, channels, r, heads, headWidth },
      });
      return { wanted: { out: [out] } };
    },
  },
  crossEntropy: {
    bound: SUMS,
    record(bench, random) {
      const [images, classes] = [whole(random, 1, 20), whole(random, 2, 40)];
      const logits = bench.input('logits', random.normal(images * classes, 3));
      const result = bench.sum('result', 2);
      const labels = bench.indices('labels', random.integers(images, 0, classes - 1));
      const weights = pick(random, [true, false]) ? bench.input('weights', random.uniform(images, 0, 3)) : undefined;
      const scale = pick(random, [1, 0.5]);
      crossEntropy(bench.recorder, { label: 'loss', logits, labels, weights, result, images, classes, scale });
      const tape = new Tape(bench.recorder, [logits]);
      tape.run(false);
      return { wanted: { result: [result], dlogits: [tape.gradientOf(logits)] }, step: { images } };
    },
  },
  adamw: {
    // In float32, 1 - 0.999 = 1e-3 has an error of 3e-8.
    bound: 3e-5,
    record(bench, random) {
      const length = GROUP_LENGTH * whole(random, 1, 5);
      const numbers = (label: string, values: ArrayLike<number>): Tensor => bench.input(label, values);
      const [weight, firstMoment] = [numbers('weight', random.normal(length)), numbers('first', random.normal(length, 0.1))];
      const secondMoment = numbers('second', random.uniform(length, 0.01, 0.1));
      adamw(bench.update, {
        ...{ label: 'AdamW', weight, firstMoment, secondMoment },
        result: numbers('result', [1, 0]),
        gradient: numbers('gradient', random.normal(length)),
        groups: bench.indices('groups', random.integers(length / GROUP_LENGTH, 0, 3)),
        health: bench.indices('health', [0, 0, 0, 0]),
      });
      const number = whole(random, 0, 50);
      const update = updateValues({ number, learningRate: 0.01, pyraLearningRate: 0.05, weightDecay: 0.1 });
      return { wanted: { weight: [weight], firstMoment: [firstMoment], secondMoment: [secondMoment] }, step: { number, update } };
    },
  },
};

/** Runs a kind's case with this seed on both machines, and fails if their results differ by more than its bound. */
export async function expectOperationClose(kind: Forward, seed: number, machine: Machine, reference: Machine): Promise<void> {
  const operation = OPERATION_CASES[kind];
  const { bound, terms = 0 } = operation;
  const run = async (on: Machine) => {
    const bench = new Bench(on);
    const { wanted, step } = operation.record(bench, new Fixtures(seed));
    const named = Object.entries(wanted).flatMap(([name, tensors]) =>
      tensors.map((tensor, index) => [`${name} ${index}`, tensor] as const),
    );
    const values = await bench.run(Object.fromEntries(named), step);
    return { wanted, values };
  };
  const [found, expected] = [await run(machine), await run(reference)];
  for (const [name, tensors] of Object.entries(expected.wanted)) {
    const indices = tensors[0]?.type === 'u32';
    const all = ({ values }: typeof found): number[] =>
      tensors.flatMap((_, index) => {
        const own = values[`${name} ${index}`] ?? new Float32Array(0);
        return [...(indices ? asIndices(own) : own)];
      });
    const [ours, theirs] = [all(found), all(expected)];
    // The error is relative to the expected numbers, together with as many numbers of the terms' size.
    const beside = terms * Math.sqrt(theirs.length);
    expectClose(`${kind}, seed ${seed}: ${name}`, [...ours, beside], [...theirs, beside], indices ? 0 : bound);
  }
}
