import { ADAPTERS } from '../../vit/adapters/index.js';
import { PlaygroundError } from '../../vit/errors.js';
import { shapeText } from '../../containers/numbers.js';
import { FOLDS } from '../adapted/units.js';
import type { AdaptedModel } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';
import type { GraphBuilder } from './graph.js';

/** Reads a model's tensors, trained ones first, then the backbone's, and turns them into constants of a graph. */
export class WeightSource {
  readonly #model: AdaptedModel;
  readonly #graph: GraphBuilder;

  constructor(model: AdaptedModel, graph: GraphBuilder) {
    this.#model = model;
    this.#graph = graph;
  }

  has(name: string): boolean {
    return this.shape(name) !== undefined;
  }

  shape(name: string): readonly number[] | undefined {
    return this.#model.trained.get(name)?.shape ?? this.#model.backbone.shape(name);
  }

  /** Rejects where the tensor is missing or has another number of elements than the shape. */
  async read(name: string, shape: readonly number[]): Promise<NamedTensor> {
    const tensor = this.#model.trained.get(name) ?? (await this.#model.backbone.read(name));
    const expected = shape.reduce((product, length) => product * length, 1);
    if (tensor.data.length !== expected) {
      const message = `${name}: has the shape ${shapeText(tensor.shape)}, expected ${shapeText(shape)}`;
      throw new PlaygroundError('weights.wrong-shape', message, { subject: name });
    }
    return tensor;
  }

  /** A block's frozen weight with every unit folded in that belongs to it. */
  async folded(block: string, layer: string, shape: readonly number[]): Promise<NamedTensor> {
    const name = `${block}${layer}`;
    let weight = await this.read(name, shape);
    for (const unit of ADAPTERS) {
      const folding = FOLDS[unit.name];
      if (folding?.layer !== layer || !unit.weights.every((own) => this.has(block + own.name))) continue;
      const own: NamedTensor[] = [];
      for (const { name: suffix } of unit.weights) own.push(await this.read(block + suffix, this.shape(block + suffix) ?? []));
      weight = folding.fold(weight, own, name);
    }
    return weight;
  }

  /** A constant under the weight's own name, of this shape. */
  async constant(name: string, shape: readonly number[]): Promise<string> {
    return this.#graph.weight(name, shape, (await this.read(name, shape)).data);
  }

  /** A layer's weight [outputs, inputs] as a constant [inputs, outputs], the right operand of MatMul. */
  async transposed(name: string, outputs: number, inputs: number): Promise<string> {
    const { data } = await this.read(name, [outputs, inputs]);
    return this.#graph.weight(name, [inputs, outputs], transpose(data, outputs, inputs));
  }
}

/** The transpose of a matrix [rows, columns]. */
export function transpose(data: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  }
  return out;
}
