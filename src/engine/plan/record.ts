import { usesOf, withTensors, type Kind, type Operation } from './operation.js';
import type { ElementType, Tensor } from './tensor.js';

/** What a machine runs: operations in order, and by name the tensors that the host writes before a run or reads after it. */
export interface Recording {
  readonly operations: readonly Operation[];
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Consecutive operations, such as a block's, that the tape may record again for the backward. */
export interface Segment {
  readonly begin: number;
  /** One past its last operation. */
  end: number;
}

/**
 * Collects operations in order, as if every result were needed. {@link Recorder.finish} leaves out results that nothing reads: statistics
 * that no backward needs, a layer whose output is not used.
 */
export class Recorder {
  readonly operations: Operation[] = [];
  readonly segments: Segment[] = [];
  /** The operations before the backward, and those of each segment that is recorded again: a backward reads later what they keep. */
  readonly forwards: Segment[] = [];
  readonly #inputs = new Map<string, Tensor>();
  readonly #outputs = new Map<string, Tensor>();

  /** A tensor of the plan: undefined until an operation writes it. */
  tensor(label: string, length: number, type: ElementType = 'f32'): Tensor {
    return { label, length, type };
  }

  /**
   * A tensor that the host writes for each run. It has equally many elements for each picture of the plan, and padding after the last
   * picture of the step.
   */
  input(name: string, length: number, type: ElementType): Tensor {
    const tensor = this.tensor(name, length, type);
    this.#inputs.set(name, tensor);
    return tensor;
  }

  /** Lets the host read a tensor under this name after a run. Like an input, it has equally many elements for each picture. */
  output(name: string, tensor: Tensor): Tensor {
    this.#outputs.set(name, tensor);
    return tensor;
  }

  record(operation: Operation): void {
    this.operations.push(operation);
  }

  /** Marks the operations that `work` records as a segment. */
  segment<T>(work: () => T): T {
    const segment: Segment = { begin: this.operations.length, end: 0 };
    const result = work();
    segment.end = this.operations.length;
    this.segments.push(segment);
    return result;
  }

  /** Takes other operations in the place of those recorded so far. */
  replace(operations: readonly Operation[]): void {
    this.operations.length = 0;
    for (const operation of operations) this.operations.push(operation);
    this.segments.length = 0;
    this.forwards.length = 0;
  }

  finish(): Recording {
    const operations = withoutUnread(this.operations, this.#outputs.values());
    return { operations, inputs: this.#inputs, outputs: this.#outputs };
  }
}

/** Leaves out operations whose outputs nothing reads, and from the others the spare outputs that nothing reads. */
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

/** The multiply-accumulates of operations. */
export function macsOf(operations: readonly Operation[]): number {
  return operations.reduce((sum, operation) => sum + macsOfOne(operation), 0);
}

/** The multiply-accumulates of one operation. */
export function macsOfOne<K extends Kind>({ definition, call, tensors }: Operation<K>): number {
  return definition.macs(call, tensors);
}

/** The bytes that an operation reads and writes, each tensor once for each use. */
export function bytesOfOne(operation: Operation): number {
  return usesOf(operation).reduce((sum, { tensor, access }) => sum + (access === 'update' ? 8 : 4) * tensor.length, 0);
}
