import { usesOf, withTensors, type End, type Gradients, type Kind, type Operation, type Target } from './operation.js';
import type { Recorder, Segment } from './record.js';
import type { Tensor } from './tensor.js';

export interface BackwardOptions {
  /** Keeps only what goes from one segment to the next, and runs each segment again, to the same bits, before its backward. */
  readonly recompute?: boolean;
}

/**
 * Records the backward of all that was recorded: from the last operation to the first, each gives its inputs the gradients that
 * follow from its outputs'. What nothing trainable lies below gets none, and no gradient is ever written in place: where two ways
 * meet, the later adds its own to the earlier into a new tensor.
 */
export function recordBackward(recorder: Recorder, options: BackwardOptions = {}): void {
  new Tape(recorder).run(options.recompute === true);
}

export class Tape implements Gradients {
  readonly #forward: readonly Operation[];
  readonly #segments: readonly Segment[];
  /** By the tensor of the forward's own record; those of a segment that ran again count as the first run's. */
  readonly #gradients = new Map<Tensor, Tensor>();
  readonly #first = new Map<Tensor, Tensor>();
  readonly #ends = new Map<Tensor, End>();
  readonly #learning = new Set<Tensor>();
  readonly #written = new Set<Tensor>();
  readonly #recorder: Recorder;

  /** @param learning tensors from outside the record that are to get a gradient, as if something below them learnt. */
  constructor(recorder: Recorder, learning: readonly Tensor[] = []) {
    this.#recorder = recorder;
    this.#forward = [...recorder.operations];
    this.#segments = [...recorder.segments];
    for (const tensor of learning) this.#learning.add(tensor);
    for (const operation of this.#forward) this.#follow(operation);
  }

  run(recompute: boolean): void {
    for (let index = this.#forward.length - 1; index >= 0; index--) {
      // What the last segment left is still there when its turn comes.
      const segment = recompute ? this.#segments.slice(0, -1).find(({ end }) => end === index + 1) : undefined;
      if (segment) {
        this.#runBackwards(this.#again(this.#forward.slice(segment.begin, segment.end)));
        index = segment.begin;
      } else this.#runBackwards(this.#forward.slice(index, index + 1));
    }
  }

  /** Whether a trained weight has a part in a tensor. */
  #learns(tensor: Tensor): boolean {
    return this.#learning.has(this.#key(tensor));
  }

  gradientOf(tensor: Tensor | undefined): Tensor | undefined {
    return tensor && this.#gradients.get(this.#key(tensor));
  }

  into(tensor: Tensor): Target | undefined {
    if (!this.#learns(tensor)) return undefined;
    const end = this.#ends.get(tensor);
    const sum = end?.sum ?? tensor;
    const passing = this.gradientOf(sum);
    const gradient = this.#recorder.tensor(`d ${sum.label}`, sum.length);
    this.#gradients.set(this.#key(sum), gradient);
    return { gradient, passing, end };
  }

  intoAlone(tensor: Tensor): Tensor | undefined {
    const target = this.into(tensor);
    if (target?.passing || target?.end) {
      throw new Error(`${tensor.label}: the operation that reads it can neither add its gradient nor apply an end's derivative`);
    }
    return target?.gradient;
  }

  hand(tensor: Tensor, gradient: Tensor): void {
    if (!this.#learns(tensor)) return;
    if (this.#ends.has(tensor) || this.gradientOf(tensor)) {
      throw new Error(`${tensor.label}: a gradient that is handed on meets another or an end, and nothing adds them`);
    }
    this.#gradients.set(this.#key(tensor), gradient);
  }

  intoWeight(weight: Tensor | undefined): Tensor | undefined {
    const gradient = weight?.gradient;
    if (!gradient) return undefined;
    if (this.#written.has(weight)) throw new Error(`${weight.label}: it is used twice, and nothing adds its gradients`);
    this.#written.add(weight);
    return gradient;
  }

  record(operation: Operation): void {
    this.#recorder.record(operation);
  }

  #follow<K extends Kind>(operation: Operation<K>): void {
    const uses = usesOf(operation);
    const flows: readonly PropertyKey[] = operation.definition.flows;
    const learns = uses.some(({ name, tensor }) => tensor.gradient || (flows.includes(name) && this.#learning.has(tensor)));
    if (!learns) return;
    for (const { tensor, access } of uses) if (access !== 'read') this.#learning.add(tensor);
    this.#noteEnds(operation);
  }

  #noteEnds<K extends Kind>(operation: Operation<K>): void {
    for (const [tensor, end] of operation.definition.ends?.(operation) ?? []) this.#ends.set(tensor, end);
  }

  #runBackwards(operations: readonly Operation[]): void {
    for (const operation of operations.toReversed()) this.#runOneBackwards(operation);
  }

  #runOneBackwards<K extends Kind>(operation: Operation<K>): void {
    operation.definition.backward?.(this, operation);
  }

  /** Records operations once more, on tensors of their own where they write. */
  #again(operations: readonly Operation[]): Operation[] {
    const copies = new Map<Tensor, Tensor>();
    const copyOf = (tensor: Tensor): Tensor => {
      const copy = { ...tensor, label: `${tensor.label} again` };
      copies.set(tensor, copy);
      this.#first.set(copy, tensor);
      return copy;
    };
    return operations.map((operation) => {
      const fresh = new Set(
        usesOf(operation).flatMap(({ tensor, access }) => (access === 'write' && !tensor.external ? [tensor] : [])),
      );
      const once = withTensors(operation, (tensor) => copies.get(tensor) ?? (fresh.has(tensor) ? copyOf(tensor) : tensor));
      this.record(once);
      this.#noteEnds(once);
      return once;
    });
  }

  #key(tensor: Tensor): Tensor {
    return this.#first.get(tensor) ?? tensor;
  }
}
