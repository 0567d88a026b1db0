import { usesOf, withTensors, type Kind, type Operation } from './operation.js';
import type { ElementType, Tensor } from './tensor.js';

/** What a machine runs: operations in order, and the tensors that the host writes before a run or reads after it, by name. */
export interface Recording {
  readonly operations: readonly Operation[];
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** A run of operations that the tape may run again in the backward: a block. */
export interface Segment {
  readonly begin: number;
  /** One past its last operation. */
  end: number;
}

/**
 * Collects operations in order. Everything is recorded as if all of it were wanted; {@link Recorder.finish} leaves out what nobody
 * reads: statistics that no backward needs, a layer whose output nothing uses.
 */
export class Recorder {
  readonly operations: Operation[] = [];
  readonly segments: Segment[] = [];
  readonly #inputs = new Map<string, Tensor>();
  readonly #outputs = new Map<string, Tensor>();

  /** A tensor of the plan: undefined until an operation writes it. */
  tensor(label: string, length: number, type: ElementType = 'f32'): Tensor {
    return { label, length, type };
  }

  /** A tensor that each run is given: one part of `length / pictures` elements for each picture, padded past the last. */
  input(name: string, length: number, type: ElementType): Tensor {
    const tensor = this.tensor(name, length, type);
    this.#inputs.set(name, tensor);
    return tensor;
  }

  /** Lets a run give a tensor back under this name; like an input it holds equal parts for each picture. */
  output(name: string, tensor: Tensor): Tensor {
    this.#outputs.set(name, tensor);
    return tensor;
  }

  record(operation: Operation): void {
    this.operations.push(operation);
  }

  /** Marks what `work` records as a segment. */
  segment<T>(work: () => T): T {
    const segment: Segment = { begin: this.operations.length, end: 0 };
    const result = work();
    segment.end = this.operations.length;
    this.segments.push(segment);
    return result;
  }

  finish(): Recording {
    const operations = withoutUnread(this.operations, this.#outputs.values());
    return { operations, inputs: this.#inputs, outputs: this.#outputs };
  }
}

/** Leaves out operations whose outputs nobody reads, and of the others the spare outputs that nobody reads. */
function withoutUnread(operations: readonly Operation[], kept: Iterable<Tensor>): Operation[] {
  const read = new Set<Tensor>(kept);
  const left: Operation[] = [];
  for (const operation of operations.toReversed()) {
    const uses = usesOf(operation);
    const wanted = uses.some(({ tensor, access }) => access !== 'read' && (tensor.external !== undefined || read.has(tensor)));
    if (!wanted) continue;
    for (const { tensor, access } of uses) if (access !== 'write') read.add(tensor);
    left.push(withoutSpare(operation, (tensor) => tensor.external !== undefined || read.has(tensor)));
  }
  return left.reverse();
}

function withoutSpare<K extends Kind>(operation: Operation<K>, isRead: (tensor: Tensor) => boolean): Operation<K> {
  const spare: readonly PropertyKey[] = operation.definition.spare;
  return withTensors(operation, (tensor, name) => (spare.includes(name) && !isRead(tensor) ? undefined : tensor));
}

/** Multiply-accumulates of operations. */
export function macsOf(operations: readonly Operation[]): number {
  return operations.reduce((sum, operation) => sum + macsOfOne(operation), 0);
}

/** The same of one. */
export function macsOfOne<K extends Kind>({ definition, call, tensors }: Operation<K>): number {
  return definition.macs(call, tensors);
}

/** Bytes of the tensors that an operation reads and writes, each use once. */
export function bytesOfOne(operation: Operation): number {
  return usesOf(operation).reduce((sum, { tensor, access }) => sum + (access === 'update' ? 8 : 4) * tensor.length, 0);
}
