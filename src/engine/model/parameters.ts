import type { Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Start } from '../../vit/trained-weights.js';
import { trainedShapes } from '../../vit/weights.js';
import { GROUP_BITS, GROUP_LENGTH } from '../operations/optimizer.js';
import type { HostTensor, NetworkOptions } from './types.js';

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

/** Lists what is trained, in the order of the forward pass. */
export function layOutParameters(architecture: Architecture, options: NetworkOptions): ParameterLayout {
  const { method, schedule, classes, loraRank, adapterWidth, imageSize, trainsBackbone = false } = options;
  const sizes = { lora: loraRank, adapter: adapterWidth };
  const choice = { method, schedule, classes, sizes, trainsBackboneFor: trainsBackbone ? imageSize : null };
  let offset = 0;
  const groupBits: number[] = [];
  const parameters = trainedShapes(architecture, choice).map(({ name, shape, start, group, decays }): TrainedParameter => {
    const length = shape.reduce((product, side) => product * side, 1);
    const groups = Math.ceil(length / GROUP_LENGTH);
    const bits = (group === 'pyra' ? GROUP_BITS.pyraRate : 0) | (decays ? GROUP_BITS.decays : 0);
    groupBits.push(...Array<number>(groups).fill(bits));
    const parameter = { name, shape, length, offset, start };
    offset += groups * GROUP_LENGTH;
    return parameter;
  });
  const count = parameters.reduce((sum, { length }) => sum + length, 0);
  return { parameters, length: offset, count, groups: Uint32Array.from(groupBits) };
}

/**
 * Initial values of all trained weights, drawn from the seed; those that a file gives are left zero. The same seed gives the same bits
 * everywhere. Each weight's draws depend only on the seed and its name, so that two methods under comparison start with the same head, LoRA
 * and adapter.
 */
export function initialParameters(layout: ParameterLayout, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(layout.length);
  for (const { name, shape, start, offset } of layout.parameters) values.set(drawWeight(name, shape, start, seed), offset);
  return values;
}

/** One weight's initial values. */
export function drawWeight(name: string, shape: readonly number[], start: Start, seed: number): Float32Array<ArrayBuffer> {
  const random = uniformStream(seed, hashOf(name));
  // All inputs of one output of a convolution count.
  const [outputs = 1, ...inputs] = shape;
  const flat = [outputs, inputs.reduce((product, side) => product * side, 1)];
  return Float32Array.from({ length: outputs * (flat[1] ?? 1) }, () => draw(start, flat, random));
}

/** FNV-1a, 32 bits. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function draw(start: Start, [outputs = 1, inputs = 1]: readonly number[], random: () => number): number {
  const uniform = (bound: number): number => bound * (2 * random() - 1);
  switch (start.kind) {
    case 'zero':
    case 'given':
      return 0;
    case 'one':
      return 1;
    case 'kaiming':
      return uniform(1 / Math.sqrt(inputs));
    case 'xavier':
      return uniform(Math.sqrt(6 / (inputs + outputs)));
    case 'normal':
      for (;;) {
        // Box and Muller
        const value = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
        if (!start.truncated || Math.abs(value) <= 2) return start.std * value;
      }
  }
}

/** Uniform numbers in 0..1 with 32 bits: splitmix32 over a counter, keyed by the seed and by the weight's stream. */
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
