import type { Architecture } from '../../vit/architecture.js';
import { modulates } from '../../vit/methods/index.js';
import { PlaygroundError } from '../../vit/errors.js';
import { GROUP_BITS, GROUP_LENGTH } from '../operations/optimizer.js';
import type { HostTensor, NetworkOptions } from './types.js';

/** How a trained weight starts, in PyTorch's terms. */
type Start =
  | { readonly kind: 'zero' }
  | { readonly kind: 'one' }
  /** Uniform in -bound..bound. */
  | { readonly kind: 'uniform'; readonly bound: number }
  /** Normal, cut off at two standard deviations where `truncated`. */
  | { readonly kind: 'normal'; readonly std: number; readonly truncated: boolean };

export interface TrainedParameter {
  /** The authors' name. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly length: number;
  /** First element in the flat buffer of all trained weights; a multiple of {@link GROUP_LENGTH}. */
  readonly offset: number;
  readonly start: Start;
}

/** Every trained weight, laid out in one flat buffer so that one dispatch steps them all. */
export interface ParameterLayout {
  readonly parameters: readonly TrainedParameter[];
  /** Elements of the flat buffer, padding included. */
  readonly length: number;
  /** Trained weights, padding excluded. */
  readonly count: number;
  /** [length / GROUP_LENGTH]: AdamW's parameter groups. */
  readonly groups: Uint32Array<ArrayBuffer>;
}

/** Lists what is trained, in the order of the forward pass: every weight with `LoRA`, `pyra`, `adapter` or `head` in its name. */
export function layOutParameters(architecture: Architecture, options: NetworkOptions): ParameterLayout {
  const { embedDim: C, depth, distilled } = architecture;
  const parameters: TrainedParameter[] = [];
  let offset = 0;
  const add = (name: string, shape: readonly number[], start: Start): void => {
    const length = shape.reduce((product, side) => product * side, 1);
    parameters.push({ name, shape, length, offset, start });
    offset += Math.ceil(length / GROUP_LENGTH) * GROUP_LENGTH;
  };
  // Kaiming-uniform with a = sqrt 5, PyTorch's default for a linear layer: bound 1 / sqrt(fan in).
  const kaiming = (fanIn: number): Start => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) });
  const xavier = (inputs: number, outputs: number): Start => ({ kind: 'uniform', bound: Math.sqrt(6 / (inputs + outputs)) });
  for (let block = 0; block < depth; block++) {
    const prefix = `blocks.${block}.`;
    const rank = options.loraRank;
    if (rank > 0) {
      add(`${prefix}attn.LoRA_a.weight`, [rank, C], kaiming(C));
      add(`${prefix}attn.LoRA_b.weight`, [3 * C, rank], { kind: 'zero' });
    }
    const r = options.schedule[block] ?? 0;
    if (r > 0 && modulates(options.method)) {
      // The half with channels alone equals plain merging at the start only if its generator is zero.
      add(`${prefix}pyra_a`, [r, 1], options.method === 'pyra-channels' ? { kind: 'zero' } : kaiming(1));
      add(`${prefix}pyra_b`, [1, C], { kind: 'zero' });
      add(`${prefix}pyra_norm.weight`, [C], { kind: 'one' });
      add(`${prefix}pyra_norm.bias`, [C], { kind: 'zero' });
    }
    const width = options.adapterWidth;
    if (width > 0) {
      const bias: Start = { kind: 'normal', std: 1e-6, truncated: false };
      add(`${prefix}adapter.ln1.weight`, [width, C], xavier(C, width));
      add(`${prefix}adapter.ln1.bias`, [width], bias);
      add(`${prefix}adapter.ln2.weight`, [C, width], xavier(width, C));
      add(`${prefix}adapter.ln2.bias`, [C], bias);
    }
  }
  for (const head of distilled ? ['head', 'head_dist'] : ['head']) {
    add(`${head}.weight`, [options.classes, C], { kind: 'normal', std: 0.02, truncated: true });
    add(`${head}.bias`, [options.classes], { kind: 'zero' });
  }
  const groups = new Uint32Array(offset / GROUP_LENGTH);
  for (const parameter of parameters) {
    const pyra = parameter.name.includes('pyra') ? GROUP_BITS.pyraRate : 0;
    const decays = parameter.shape.length > 1 ? GROUP_BITS.decays : 0;
    const first = parameter.offset / GROUP_LENGTH;
    groups.fill(pyra | decays, first, first + Math.ceil(parameter.length / GROUP_LENGTH));
  }
  return { parameters, length: offset, count: parameters.reduce((sum, { length }) => sum + length, 0), groups };
}

/**
 * Initial values of all trained weights from the seed; the same seed gives the same bits everywhere. Each weight's draws hang on its
 * name alone, so that two methods that are compared begin with the same head, LoRA and adapter.
 */
export function initialParameters(layout: ParameterLayout, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(layout.length);
  for (const { name, start, offset, length } of layout.parameters) {
    const random = uniformStream(seed, hashOf(name));
    for (let i = 0; i < length; i++) values[offset + i] = draw(start, random);
  }
  return values;
}

/** FNV-1a, 32 bits. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function draw(start: Start, random: () => number): number {
  switch (start.kind) {
    case 'zero':
      return 0;
    case 'one':
      return 1;
    case 'uniform':
      return start.bound * (2 * random() - 1);
    case 'normal':
      for (;;) {
        // Box and Muller
        const value = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
        if (!start.truncated || Math.abs(value) <= 2) return start.std * value;
      }
  }
}

/** Uniform numbers in 0..1 with 32 bits: splitmix32 over a counter, keyed by the seed and the weight's stream. */
function uniformStream(seed: number, stream: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream, 0xc2b2ae35)) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Copies named weights into a flat array. Throws where one is missing or has another shape. */
export function flatten(layout: ParameterLayout, weights: ReadonlyMap<string, HostTensor>): Float32Array<ArrayBuffer> {
  const values = new Float32Array(layout.length);
  for (const { name, shape, offset } of layout.parameters) {
    const given = weights.get(name);
    if (!given) {
      throw new PlaygroundError('weights.missing-tensor', `adapted weights: there is no tensor '${name}'`, { subject: name });
    }
    if (given.shape.join() !== shape.join()) {
      throw new PlaygroundError(
        'weights.wrong-shape',
        `adapted weights: '${name}' has shape [${given.shape.join(', ')}], expected [${shape.join(', ')}]`,
        { subject: name },
      );
    }
    values.set(given.data, offset);
  }
  return values;
}

/** Cuts a flat array into named weights. */
export function unflatten(layout: ParameterLayout, values: Float32Array<ArrayBuffer>): Map<string, HostTensor> {
  return new Map(
    layout.parameters.map(({ name, shape, offset, length }) => [name, { shape, data: values.slice(offset, offset + length) }]),
  );
}
