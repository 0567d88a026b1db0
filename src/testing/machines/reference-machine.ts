/**
 * A machine of plain float64 loops: it runs the same records as a card with `src/engine/reference`, which proves that a record contains
 * everything that has to be computed. It has no random draws.
 */
import type { Matching } from '../../engine/operations/match.js';
import type { MergeCall } from '../../engine/operations/merge.js';
import { ADAMW, GROUP_BITS, GROUP_LENGTH } from '../../engine/operations/optimizer.js';
import type { Machine, Plan, Program, StepValues } from '../../engine/plan/machine.js';
import type { Kind, Operation } from '../../engine/plan/operation.js';
import { macsOf, macsOfOne, Recorder, type Recording } from '../../engine/plan/record.js';
import type { HostData, Storage, StorageOptions, Tensor } from '../../engine/plan/tensor.js';
import { adamw } from '../../engine/reference/adamw.js';
import { attention, attentionBackward } from '../../engine/reference/layers/attention.js';
import { crossEntropy } from '../../engine/reference/cross-entropy.js';
import { assembleBackward } from '../../engine/reference/layers/embed.js';
import { gelu, geluBackward } from '../../engine/reference/layers/gelu.js';
import { layerNorm, layerNormBackward } from '../../engine/reference/layers/layer-norm.js';
import { linear, linearBackward } from '../../engine/reference/layers/linear.js';
import { drawPairs } from '../../engine/reference/merging/draw-pairs.js';
import { match, type Match } from '../../engine/reference/merging/match.js';
import { gatherPairs, gatherPairsBackward, merge, mergeBackward, withoutPairs } from '../../engine/reference/merging/merge.js';
import { metric } from '../../engine/reference/merging/metric.js';
import { pyra, pyraBackward } from '../../engine/reference/merging/pyra.js';
import { quickGelu, quickGeluBackward } from '../../engine/reference/layers/quick-gelu.js';
import { packHalves } from '../../vit/half.js';
import { firstRows, spreadRows } from '../numbers/rows.js';

class Numbers implements Storage {
  readonly values: Float64Array;
  readonly #options: StorageOptions;

  constructor(options: StorageOptions) {
    this.#options = options;
    this.values = Float64Array.from(options.data ?? new Float64Array(options.length));
  }
  get label() {
    return this.#options.label;
  }
  get role() {
    return this.#options.role;
  }
  get type() {
    return this.#options.type;
  }
  get length() {
    return this.#options.length;
  }
  write(data: ArrayLike<number>): void {
    this.values.set(data);
  }
  async read(): Promise<ArrayBuffer> {
    return packed(this.values, this.type);
  }
  release(): void {}
}

const packed = (values: Float64Array, type: Tensor['type']): ArrayBuffer =>
  (type === 'u32' ? Uint32Array.from(values) : Float32Array.from(values)).buffer;

/** The numbers of every tensor while a program runs. */
class Memory {
  readonly #places = new Map<Tensor, Float64Array>();

  constructor(readonly step: StepValues) {}

  of(tensor: Tensor): Float64Array {
    const { external, length } = tensor;
    if (external?.storage instanceof Numbers) return external.storage.values.subarray(external.offset, external.offset + length);
    const known = this.#places.get(tensor) ?? new Float64Array(length);
    this.#places.set(tensor, known);
    return known;
  }
  maybe(tensor: Tensor | undefined): Float64Array | null {
    return tensor ? this.of(tensor) : null;
  }
  set(tensor: Tensor | undefined, values: ArrayLike<number>): void {
    if (tensor) this.of(tensor).set(values);
  }
}

const plus = (a: Float64Array, b: Float64Array | null): Float64Array => (b ? a.map((value, i) => value + b[i]!) : a);
const ACTIVATIONS = { gelu: [gelu, geluBackward], 'quick-gelu': [quickGelu, quickGeluBackward] } as const;

function refuseDraws(label: string, ...draws: readonly unknown[]): void {
  if (draws.some((draw) => draw !== null)) throw new Error(`${label}: the reference draws nothing`);
}

/** Every `every`-th row of x, starting with row `offset`. */
function picked(x: Float64Array, channels: number, { every, offset }: { every: number; offset: number }): Float64Array {
  return x.filter((_, i) => Math.floor(i / channels) % every === offset);
}

/** The number that a float16's bits stand for (IEEE 754 binary16). */
function halfValue(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14);
}

function setMatching(
  memory: Memory,
  tensors: Pick<Matching, 'pairs'> & Partial<Matching>,
  { src, dst, row, score }: Match,
): void {
  memory.set(
    tensors.pairs,
    [...src].flatMap((even, k) => [even, dst[k]!]),
  );
  memory.set(tensors.rowOf, row);
  memory.set(tensors.score, score);
}

/** The tensors of a merge as the reference's arguments. */
function mergeParts(memory: Memory, tensors: Operation<'merge' | 'mergeBackward'>['tensors'], call: MergeCall) {
  const { images, tokens, channels, r } = call;
  const pairs = memory.of(tensors.pairs);
  const side = (at: number): Int32Array => Int32Array.from({ length: images * r }, (_, i) => pairs[2 * i + at]!);
  const row = Int32Array.from(memory.of(tensors.rowOf));
  const none = { score: new Float64Array(0), staying: new Int32Array(0), gap: new Float64Array(0) };
  const best: Match = { src: side(0), dst: side(1), row, ...none };
  const own = memory.maybe(tensors.size) ?? new Float64Array(images * tokens).fill(1);
  const size = call.weight === 'zero' ? withoutPairs(own, best, images, tokens) : own;
  const { a, b, gamma, beta } = tensors;
  const weights =
    a && b && gamma && beta ? { a: memory.of(a), b: memory.of(b), gamma: memory.of(gamma), beta: memory.of(beta) } : undefined;
  const shape = { images, tokens, channels, r, trainedPairs: call.trainedPairs };
  const x = memory.of(tensors.x);
  const { src, dst } = gatherPairs(x, size, best, shape);
  const modulation = call.modulation && weights ? pyra(src, dst, weights, call.modulation, shape) : null;
  return { x, best, size, weights, shape, src, dst, modulation };
}

/** How the reference computes each kind of operation. */
const COMPUTE: { readonly [K in Kind]: (memory: Memory, operation: Operation<K>) => void } = {
  cutPatches(memory, { tensors, call: { images, imageSize: side, patchSize: p, normalise } }) {
    const pixels = memory.of(tensors.pixels);
    const grid = Math.floor(side / p);
    const out = memory.of(tensors.patches);
    for (let i = 0; i < out.length; i++) {
      const [x, y, plane] = [i % p, Math.floor(i / p) % p, Math.floor(i / (p * p)) % 3];
      const patch = Math.floor(i / (3 * p * p)) % (grid * grid);
      const image = Math.floor(i / (3 * p * p * grid * grid));
      const [row, column] = [Math.floor(patch / grid) * p + y, (patch % grid) * p + x];
      if (image >= images) throw new RangeError(`cutPatches: there are ${images} images`);
      const word = pixels[(image * side + row) * side + column]!;
      out[i] = normalise
        ? ((Math.floor(word / 256 ** plane) % 256) / 255 - normalise.mean[plane]!) / normalise.std[plane]!
        : pixels[((image * 3 + plane) * side + row) * side + column]!;
    }
  },
  assembleTokens(memory, { tensors, call: { patches, protectedTokens, channels } }) {
    const [embedded, prefix] = [memory.of(tensors.embedded), memory.of(tensors.prefix)];
    const positions = memory.of(tensors.positions);
    const tokens = (protectedTokens + patches) * channels;
    const x = memory.of(tensors.x);
    for (let i = 0; i < x.length; i++) {
      const [at, image] = [i % tokens, Math.floor(i / tokens)];
      const own = at < prefix.length ? prefix[at]! : embedded[image * patches * channels + at - prefix.length]!;
      x[i] = own + positions[at]!;
    }
  },
  assembleTokensBackward(memory, { tensors, call: { images, patches, protectedTokens, channels } }) {
    const shape = { images, patches, protectedTokens, channels };
    const { dembedded, dprefix, dpositions } = assembleBackward(memory.of(tensors.dx), shape);
    memory.set(tensors.dembedded, dembedded);
    memory.set(tensors.dprefix, dprefix);
    memory.set(tensors.dpositions, dpositions);
  },
  layerNorm(memory, { label, tensors, call: { rows, channels, epsilon, drop, pick } }) {
    refuseDraws(label, drop);
    const x = picked(memory.of(tensors.x), channels, pick);
    memory.set(tensors.y, layerNorm(x, memory.of(tensors.gamma), memory.of(tensors.beta), epsilon, { rows, channels }));
  },
  layerNormBackward(memory, { tensors, call: { xRows, channels, epsilon, pick } }) {
    const rows = xRows / pick.every;
    const x = picked(memory.of(tensors.x), channels, pick);
    const { dx } = layerNormBackward(memory.of(tensors.dy), x, memory.of(tensors.gamma), epsilon, { rows, channels });
    const spread = new Float64Array(xRows * channels);
    for (let m = 0; m < rows; m++) {
      spread.set(dx.subarray(m * channels, (m + 1) * channels), (m * pick.every + pick.offset) * channels);
    }
    memory.set(tensors.dx, plus(spread, memory.maybe(tensors.passing)));
  },
  layerNormWeightGradient(memory, { tensors, call: { rows, channels, epsilon, pick } }) {
    const x = picked(memory.of(tensors.x), channels, pick);
    const ones = new Float64Array(channels).fill(1);
    const { dgamma, dbeta } = layerNormBackward(memory.of(tensors.dy), x, ones, epsilon, { rows, channels });
    memory.set(tensors.dgamma, dgamma);
    memory.set(tensors.dbeta, dbeta);
  },
  linear(memory, { label, tensors, call: { rows, columns, depth, activation, drop, dropPath } }) {
    refuseDraws(label, drop, dropPath);
    const { a, weight, bias, onto } = tensors;
    const product = linear(memory.of(a), memory.of(weight), memory.maybe(bias), { rows, columns, depth });
    const sum = plus(product, memory.maybe(onto));
    memory.set(tensors.before, sum);
    const y = plus(activation ? ACTIVATIONS[activation][0](sum) : sum, memory.maybe(tensors.addend));
    memory.set(onto ?? tensors.out, plus(y, memory.maybe(tensors.residual)));
  },
  linearBackward(memory, { label, tensors, call: { rows, columns, depth, activation, drop, dropPath } }) {
    refuseDraws(label, drop, dropPath);
    const none = new Float64Array(rows * depth);
    const { da } = linearBackward(memory.of(tensors.dout), none, memory.of(tensors.weight), { rows, columns, depth });
    const before = memory.maybe(tensors.before);
    const own = activation && before ? ACTIVATIONS[activation][1](da, before) : da;
    memory.set(tensors.da, plus(own, memory.maybe(tensors.passing)));
  },
  weightGradient(memory, { label, tensors, call: { rows, columns, depth, dropPath } }) {
    refuseDraws(label, dropPath);
    const none = new Float64Array(columns * depth);
    const { dweight, dbias } = linearBackward(memory.of(tensors.dout), memory.of(tensors.a), none, { rows, columns, depth });
    memory.set(tensors.dweight, dweight);
    memory.set(tensors.dbias, dbias);
  },
  attention(memory, { tensors, call: { images, queries, ...shape } }) {
    const out = attention(memory.of(tensors.qkv), memory.maybe(tensors.size), { images, ...shape });
    memory.set(tensors.out, firstRows(out, images, shape.tokens, queries));
  },
  attentionBackward(memory, { tensors: { dout, qkv, size, dqkv }, call: { images, queries, ...shape } }) {
    const whole = spreadRows(memory.of(dout), images, queries, shape.tokens);
    memory.set(dqkv, attentionBackward(whole, memory.of(qkv), memory.maybe(size), { images, ...shape }));
  },
  packHalf(memory, { tensors: { x, packed } }) {
    const most = 65_504;
    const values = Float32Array.from(memory.of(x), (value) => Math.min(most, Math.max(-most, value)));
    memory.set(packed, packHalves(values));
  },
  unpackHalf(memory, { tensors: { packed, y } }) {
    const halves = new Uint16Array(Uint32Array.from(memory.of(packed)).buffer);
    memory.set(
      y,
      Float64Array.from({ length: y.length }, (_, i) => halfValue(halves[i]!)),
    );
  },
  firstTokens(memory, { tensors, call: { images, tokens, kept } }) {
    memory.set(tensors.y, firstRows(memory.of(tensors.x), images, tokens, kept));
  },
  firstTokensBackward(memory, { tensors, call: { images, tokens, kept } }) {
    memory.set(tensors.dx, plus(spreadRows(memory.of(tensors.dy), images, kept, tokens), memory.maybe(tensors.passing)));
  },
  match(memory, { tensors, call: { images, tokens, heads, headWidth, r, protectedTokens } }) {
    const keys = metric(memory.of(tensors.qkv), { images, tokens, heads, headWidth });
    setMatching(memory, tensors, match(keys, { images, tokens, headWidth, r, protectedTokens }));
  },
  drawPairs(memory, { tensors, call: { images, tokens, r, protectedTokens, seed, block } }) {
    setMatching(memory, tensors, drawPairs(seed, block, { images, tokens, r, protectedTokens }));
  },
  merge(memory, { tensors, call }) {
    const { x, best, size, shape, modulation } = mergeParts(memory, tensors, call);
    const merged = merge(x, size, best, modulation?.out ?? null, shape);
    memory.set(tensors.out, merged.out);
    memory.set(tensors.outSize, merged.size);
    // With g_D alone, the change of src is src ⊙ (g_D - 1).
    const less = call.modulation?.pairs === false ? 1 : 0;
    memory.set(tensors.gChannels, modulation?.gChannels.map((g) => g - less) ?? []);
    memory.set(tensors.gPairs, modulation?.gPairs ?? []);
  },
  mergeBackward(memory, { tensors, call }) {
    const { best, size, shape, src, dst, weights, modulation } = mergeParts(memory, tensors, call);
    const [dout, outSize] = [memory.of(tensors.dout), memory.of(tensors.outSize)];
    const { dx, dmodulated } = mergeBackward(dout, size, outSize, best, modulation !== null, shape);
    if (modulation && weights && call.modulation) {
      const back = pyraBackward(dmodulated, src, dst, weights, call.modulation, modulation, shape);
      gatherPairsBackward(dx, back.dsrc, back.ddst, size, best, shape);
      memory.set(tensors.da, back.da);
      memory.set(tensors.db, back.db);
      memory.set(tensors.dgamma, back.dgamma);
      memory.set(tensors.dbeta, back.dbeta);
    }
    memory.set(tensors.dx, dx);
  },
  track(memory, { tensors: { source, rowOf, out }, call: { initialTokens, tokens } }) {
    const [before, rows] = [memory.maybe(source), memory.of(rowOf)];
    const row = (i: number): number => Math.floor(i / initialTokens) * tokens + (before?.[i] ?? i % initialTokens);
    memory.set(
      out,
      memory.of(out).map((_, i) => rows[row(i)]!),
    );
  },
  modulationStrength(memory, { tensors, call: { images, tokens, channels, r } }) {
    const [x, pairs] = [memory.of(tensors.x), memory.of(tensors.pairs)];
    const [gChannels, gPairs] = [memory.of(tensors.gChannels), memory.of(tensors.gPairs)];
    for (let k = 0; k < images * r; k++) {
      const image = Math.floor(k / r);
      const begin = (image * tokens + 2 * pairs[2 * k]!) * channels;
      const token = x.subarray(begin, begin + channels);
      const moved = token.map((value, c) => value * gChannels[image * channels + c]! * gPairs[k]!);
      memory.of(tensors.strength)[k] = Math.hypot(...moved) / Math.hypot(...token);
    }
  },
  pairTokens(memory, { tensors, call: { images, tokens, channels, r, heads, headWidth } }) {
    const [x, qkv, after] = [memory.of(tensors.x), memory.of(tensors.qkv), memory.of(tensors.after)];
    const [pairs, rowOf, out] = [memory.of(tensors.pairs), memory.of(tensors.rowOf), memory.of(tensors.out)];
    const key = (token: number): number[] =>
      Array.from({ length: headWidth }, (_, d) => {
        const ofHeads = Array.from({ length: heads }, (_, h) => qkv[((token * 3 + 1) * heads + h) * headWidth + d]!);
        return ofHeads.reduce((sum, value) => sum + value, 0) / heads;
      });
    const width = 3 * channels + 2 * headWidth;
    for (let k = 0; k < images * r; k++) {
      const image = Math.floor(k / r);
      const [src, dst] = [image * tokens + 2 * pairs[2 * k]!, image * tokens + 2 * pairs[2 * k + 1]! + 1];
      const row = image * (tokens - r) + rowOf[dst]!;
      const token = (of: Float64Array, at: number) => of.subarray(at * channels, (at + 1) * channels);
      out.set([...token(x, src), ...token(x, dst), ...token(after, row), ...key(src), ...key(dst)], k * width);
    }
  },
  crossEntropy(memory, { tensors, call: { classes, scale } }) {
    const { images } = memory.step;
    const logits = memory
      .of(tensors.logits)
      .slice(0, images * classes)
      .map((value) => value * scale);
    const labels = memory.of(tensors.labels).subarray(0, images);
    const weights = tensors.weights && memory.of(tensors.weights).subarray(0, images);
    const { loss, correct, dlogits } = crossEntropy(logits, labels, { images, classes }, weights);
    memory.set(
      tensors.dlogits,
      dlogits.map((value) => value * scale),
    );
    memory.set(tensors.result, [loss, correct]);
  },
  adamw(memory, { tensors, call: { length } }) {
    const { step } = memory;
    if (!step.update) throw new Error('adamw: the step has no values for it');
    const { rates, decay } = step.update;
    const groups = memory.of(tensors.groups);
    for (let at = 0; at < length; at += GROUP_LENGTH) {
      const bits = groups[at / GROUP_LENGTH]!;
      const run = (tensor: Tensor): Float64Array => memory.of(tensor).subarray(at, at + GROUP_LENGTH);
      adamw(run(tensors.weight), run(tensors.gradient), run(tensors.firstMoment), run(tensors.secondMoment), {
        ...ADAMW,
        learningRate: rates[bits & GROUP_BITS.pyraRate ? 1 : 0],
        weightDecay: bits & GROUP_BITS.decays ? decay : 0,
        step: step.number + 1,
      });
    }
  },
};

function compute<K extends Kind>(memory: Memory, operation: Operation<K>): void {
  COMPUTE[operation.definition.kind](memory, operation);
}

/** Runs programs in float64, whole batches at once. */
export function referenceMachine(): Machine {
  const recordingOf = (record: (recorder: Recorder) => void): Recording => {
    const recorder = new Recorder();
    record(recorder);
    return recorder.finish();
  };
  const recordings = (program: Program) => {
    const pictures = recordingOf((recorder) => program.record(recorder, program.images));
    const update = recordingOf((recorder) => program.update?.(recorder));
    return { pictures, operations: [...pictures.operations, ...update.operations] };
  };
  const macs = (program: Program): number => macsOf(recordings(program).operations);
  return {
    adapter: { name: 'reference', vendor: '', architecture: '', description: '', kind: 'software', features: [] },
    lost: new Promise(() => undefined),
    allocatedBytes: 0,
    storage: (options) => new Numbers(options),
    compile: async (program): Promise<Plan> => {
      const { pictures, operations } = recordings(program);
      const run: Plan['run'] = async ({ step, inputs, read }) => {
        const memory = new Memory(step);
        for (const [name, data] of Object.entries(inputs)) write(memory, pictures.inputs.get(name), data);
        for (const operation of operations) compute(memory, operation);
        return read.map((what): ArrayBuffer => {
          if (what instanceof Numbers) return packed(what.values, what.type);
          const tensor = typeof what === 'string' ? pictures.outputs.get(what) : undefined;
          if (!tensor) throw new Error(`there is no output ${typeof what === 'string' ? what : what.label}`);
          return packed(memory.of(tensor), tensor.type);
        });
      };
      const profile: Plan['profile'] = async ({ step, inputs }) => {
        const memory = new Memory(step);
        for (const [name, data] of Object.entries(inputs)) write(memory, pictures.inputs.get(name), data);
        return operations.map((operation) => {
          const began = performance.now();
          compute(memory, operation);
          const milliseconds = performance.now() - began;
          return { kind: operation.definition.kind, label: operation.label, macs: macsOfOne(operation), milliseconds };
        });
      };
      return { images: program.images, macs: macs(program), bytes: 0, urgent: false, run, profile, destroy: () => undefined };
    },
    measure: (program) => ({ bytes: 0, macs: macs(program) }),
    idle: async () => undefined,
    destroy: () => undefined,
  };
}

function write(memory: Memory, tensor: Tensor | undefined, data: HostData): void {
  const words = data instanceof Uint8Array ? new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4) : data;
  memory.set(tensor, words);
}
