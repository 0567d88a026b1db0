/**
 * ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) and a builder that names what it adds. Field numbers
 * are the proto file's.
 */
import { Message } from './protobuf.js';

/** LayerNormalization needs opset 17, ScatterElements' sum needs 16. */
export const OPSET = 17;
/** The IR version that came with opset 17. */
const IR_VERSION = 8;

const FLOAT = 1;
const INT64 = 7;

/** A bigint is ONNX's `int`, a number its `float`. */
export type Attribute = bigint | number | string | readonly number[];

export type Dimension = number | 'batch';

export interface ValueInfo {
  readonly name: string;
  readonly type: 'float32' | 'int64';
  readonly shape: readonly Dimension[];
}

function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().string(1, name);
  if (typeof value === 'bigint') return message.int(3, value).int(20, 2);
  if (typeof value === 'number') return message.float(2, value).int(20, 1);
  if (typeof value === 'string') return message.string(4, value).int(20, 3);
  return message.ints(8, value).int(20, 7);
}

function tensorMessage(name: string, type: number, shape: readonly number[], data: ArrayBufferView<ArrayBuffer>): Message {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Message().ints(1, shape).int(2, type).string(8, name).bytes(9, raw);
}

function valueInfoMessage({ name, type, shape }: ValueInfo): Message {
  const shapeMessage = new Message();
  for (const dimension of shape) {
    const message = new Message();
    shapeMessage.message(1, typeof dimension === 'number' ? message.int(1, dimension) : message.string(2, dimension));
  }
  const tensor = new Message().int(1, type === 'float32' ? FLOAT : INT64).message(2, shapeMessage);
  return new Message().string(1, name).message(2, new Message().message(1, tensor));
}

/** Collects nodes and constants; a value is its name. */
export class GraphBuilder {
  readonly #nodes: Message[] = [];
  readonly #initializers: Message[] = [];
  readonly #constants = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #scope = '';

  /** Puts the names that follow under `scope/...`, for readers of the graph. */
  within(scope: string): void {
    this.#scope = scope;
  }

  #fresh(what: string): string {
    const base = this.#scope === '' ? what : `${this.#scope}/${what}`;
    const count = this.#counts.get(base) ?? 0;
    this.#counts.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }

  /** Adds a node with several outputs and returns their names. */
  nodeWith(
    outputs: number,
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const name = this.#fresh(type);
    const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}:${i}`));
    this.#add(name, type, inputs, attributes, names);
    return names;
  }

  /** Adds a node with one output and returns its name. */
  node(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = this.#fresh(type);
    this.#add(name, type, inputs, attributes, [name]);
    return name;
  }

  /** Renames a value to the name of a graph output. */
  output(value: string, name: string): void {
    this.#add(name, 'Identity', [value], {}, [name]);
  }

  #add(
    name: string,
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
  ): void {
    const message = new Message();
    for (const input of inputs) message.string(1, input);
    for (const output of outputs) message.string(2, output);
    message.string(3, name).string(4, type);
    for (const [key, value] of Object.entries(attributes)) message.message(5, attributeMessage(key, value));
    this.#nodes.push(message);
  }

  /** A float32 constant. The data is not copied. */
  weight(name: string, shape: readonly number[], data: Float32Array<ArrayBuffer>): string {
    const full = this.#fresh(name);
    this.#initializers.push(tensorMessage(full, FLOAT, shape, data));
    return full;
  }

  /** A float32 scalar constant, shared by all uses of the same number. */
  scalar(value: number): string {
    return this.#constant(`scalar ${value}`, FLOAT, [], () => Float32Array.of(value));
  }

  /** An int64 constant of shape [n], or of `shape`; equal ones are shared. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const key = `ints [${shape.join()}] ${values.join()}`;
    return this.#constant(key, INT64, shape, () => BigInt64Array.from(values, (value) => BigInt(value)));
  }

  #constant(key: string, type: number, shape: readonly number[], data: () => ArrayBufferView<ArrayBuffer>): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#constants.size}`;
    this.#constants.set(key, name);
    this.#initializers.push(tensorMessage(name, type, shape, data()));
    return name;
  }

  /** The finished ModelProto. */
  toBytes(
    inputs: readonly ValueInfo[],
    outputs: readonly ValueInfo[],
    metadata: Readonly<Record<string, string>>,
    description: string,
  ): Uint8Array<ArrayBuffer> {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.string(2, 'pyra');
    for (const initializer of this.#initializers) graph.message(5, initializer);
    for (const input of inputs) graph.message(11, valueInfoMessage(input));
    for (const output of outputs) graph.message(12, valueInfoMessage(output));
    const model = new Message().int(1, IR_VERSION).string(2, 'pyra-playground').string(6, description);
    model.message(7, graph).message(8, new Message().string(1, '').int(2, OPSET));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new Message().string(1, key).string(2, value));
    }
    return model.toBytes();
  }
}
