import { usesOf, withTensors, type End, type Gradients, type Kind, type Operation, type Target } from './operation.js';
import type { Recorder, Segment } from './record.js';
import type { Tensor } from './tensor.js';

export interface BackwardOptions {
  /** Keeps only the tensors between segments, and records each segment again before its backward, with the same bits. */
  readonly recompute?: boolean;
}

/**
 * Records the backward of everything recorded so far. From the last operation to the first, each computes the gradients of its inputs from
 * those of its outputs. Inputs that depend on no trained weight get none. No gradient is written in place: where two meet, the second is
 * added to the first in a new tensor.
 */
export function recordBackward(recorder: Recorder, options: BackwardOptions = {}): void {
  new Tape(recorder).run(options.recompute === true);
}

export class Tape implements Gradients {
  readonly #forward: readonly Operation[];
  readonly #segments: readonly Segment[];
  /** Gradients by the forward's tensors. For a tensor that was recorded again, its first version is the key. */
  readonly #gradients = new Map<Tensor, Tensor>();
  readonly #first = new Map<Tensor, Tensor>();
  readonly #ends = new Map<Tensor, End>();
  readonly #learning = new Set<Tensor>();
  readonly #written = new Set<Tensor>();
  readonly #recorder: Recorder;

  /** @param learning tensors from outside the record that get a gradient, as if they depended on trained weights. */
  constructor(recorder: Recorder, learning: readonly Tensor[] = []) {
    this.#recorder = recorder;
    this.#forward = [...recorder.operations];
    this.#segments = [...recorder.segments];
    for (const tensor of learning) this.#learning.add(tensor);
    for (const operation of this.#forward) this.#follow(operation);
  }

  run(recompute: boolean): void {
    this.#recorder.forwards.push({ begin: 0, end: this.#recorder.operations.length });
    for (let index = this.#forward.length - 1; index >= 0; index--) {
      // The last segment is not recorded again: its tensors are still there when the backward begins.
      const segment = recompute ? this.#segments.slice(0, -1).find(({ end }) => end === index + 1) : undefined;
      if (segment) {
        this.#runBackwards(this.#again(this.#forward.slice(segment.begin, segment.end)));
        index = segment.begin;
      } else this.#runBackwards(this.#forward.slice(index, index + 1));
    }
  }

  /** Whether a tensor depends on a trained weight. */
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

  /** Records operations again, with new tensors for what they write. What decides is not decided again. */
  #again(operations: readonly Operation[]): Operation[] {
    const begin = this.#recorder.operations.length;
    const copies = new Map<Tensor, Tensor>();
    const copyOf = (tensor: Tensor): Tensor => {
      const copy = { ...tensor, label: `${tensor.label} again` };
      copies.set(tensor, copy);
      this.#first.set(copy, tensor);
      return copy;
    };
    const recorded = operations
      .filter(({ definition }) => !definition.decides)
      .map((operation) => {
        const fresh = new Set(
          usesOf(operation).flatMap(({ tensor, access }) => (access === 'write' && !tensor.external ? [tensor] : [])),
        );
        const once = withTensors(operation, (tensor) => copies.get(tensor) ?? (fresh.has(tensor) ? copyOf(tensor) : tensor));
        this.record({ ...once, repeated: true });
        this.#noteEnds(once);
        return once;
      });
    this.#recorder.forwards.push({ begin, end: this.#recorder.operations.length });
    return recorded;
  }

  #key(tensor: Tensor): Tensor {
    return this.#first.get(tensor) ?? tensor;
  }
}
