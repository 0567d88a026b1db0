import { GROUP_LENGTH } from '../../engine/operations/optimizer.js';
import type { Machine, StepValues } from '../../engine/plan/machine.js';
import type { Operation } from '../../engine/plan/operation.js';
import { Recorder } from '../../engine/plan/record.js';
import { Tape } from '../../engine/plan/tape.js';
import { roundToHalves } from '../../vit/half.js';
import { viewOf, type Role, type Storage, type Tensor } from '../../engine/plan/tensor.js';

/** Small programs for tests on any machine: give inputs, record operations, run once, and read the results. */
export class Bench {
  readonly recorder = new Recorder();
  /** Records the update, which follows once for the whole batch. */
  readonly update = new Recorder();
  readonly #storages: Storage[] = [];

  constructor(readonly machine: Machine) {}

  /** A tensor with these float32 values. */
  input(label: string, values: ArrayLike<number>): Tensor {
    return this.#storage(label, Float32Array.from(values));
  }

  /** A tensor of unsigned integers. */
  indices(label: string, values: ArrayLike<number>): Tensor {
    return this.#storage(label, Uint32Array.from(values));
  }

  /** A tensor that is trained. */
  trained(label: string, values: ArrayLike<number>): Tensor & { readonly gradient: Tensor } {
    return { ...this.input(label, values), gradient: this.sum(`d ${label}`, values.length) };
  }

  /** Trained tensors that lie in one storage, each from a whole group of parameters on, as those of a network do. */
  trainedTogether<N extends string>(
    given: Readonly<Record<N, ArrayLike<number>>>,
  ): Record<N, Tensor & { readonly gradient: Tensor }> {
    const named = Object.entries<ArrayLike<number>>(given) as [N, ArrayLike<number>][];
    const places: number[] = [];
    let length = 0;
    for (const [, values] of named) {
      places.push(length);
      length += GROUP_LENGTH * Math.ceil(values.length / GROUP_LENGTH);
    }
    const data = new Float32Array(length);
    named.forEach(([, values], index) => data.set(Float32Array.from(values), places[index]));
    const { external } = this.#storage(named.map(([label]) => label).join(', '), data);
    if (!external) throw new Error('an input lies in a storage');
    const tensors = named.map(([label, values], index) => {
      const tensor = viewOf(external.storage, label, places[index], values.length);
      return [label, { ...tensor, gradient: this.sum(`d ${label}`, values.length) }];
    });
    return Object.fromEntries(tensors) as Record<N, Tensor & { readonly gradient: Tensor }>;
  }

  /** A tensor that never changes, which machines may repack. */
  frozen(label: string, values: ArrayLike<number>): Tensor {
    return this.#storage(label, Float32Array.from(values), 'frozen');
  }

  /** A frozen tensor of values that float16 holds exactly, which machines may store as float16. */
  half(label: string, values: ArrayLike<number>): Tensor {
    const data = roundToHalves(Float32Array.from(values));
    const storage = this.machine.storage({ label, role: 'frozen', type: 'f32', length: data.length, data, half: true });
    this.#storages.push(storage);
    return viewOf(storage);
  }

  /** A tensor that every group of pictures adds to. */
  sum(label: string, length: number): Tensor {
    return this.#storage(label, new Float32Array(length), 'sum');
  }

  #storage(label: string, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, role: Role = 'trained'): Tensor {
    const type = data instanceof Uint32Array ? 'u32' : 'f32';
    const storage = this.machine.storage({ label, role, type, length: data.length, data });
    this.#storages.push(storage);
    return viewOf(storage);
  }

  /** Records the backward from the gradient of one tensor. @param learning inputs that get a gradient as if trained weights were below them. */
  backward(tensor: Tensor, gradient: ArrayLike<number>, learning: readonly Tensor[] = []): Tape {
    const tape = new Tape(this.recorder, learning);
    tape.hand(tensor, this.input(`d ${tensor.label}`, gradient));
    tape.run(false);
    return tape;
  }

  /** Compiles, runs once, and returns the wanted tensors as float32. */
  async run<N extends string>(
    wanted: Readonly<Record<N, Tensor | undefined>>,
    step: Partial<StepValues> = {},
  ): Promise<Record<N, Float32Array<ArrayBuffer>>> {
    const names = Object.keys(wanted) as N[];
    const read = names.map((name): string | Storage => {
      const tensor = wanted[name];
      if (!tensor) throw new Error(`there is no tensor for ${name}`);
      if (tensor.external) return tensor.external.storage;
      this.recorder.output(name, tensor);
      return name;
    });
    const { operations, outputs } = this.recorder.finish();
    const plan = await this.machine.compile({
      label: 'test',
      images: 1,
      record: (recorder) => {
        for (const operation of operations) recorder.record(operation);
        for (const [name, tensor] of outputs) recorder.output(name, tensor);
      },
      ...(this.update.operations.length > 0 ? { update: recordUpdate(this.update.operations) } : {}),
    });
    const values = await plan.run({ step: { seed: 0, number: 0, images: 1, ...step }, inputs: {}, read });
    plan.destroy();
    for (const storage of this.#storages) storage.release();
    const floats = names.map((name, index) => [name, new Float32Array(values[index] ?? new ArrayBuffer(0))]);
    return Object.fromEntries(floats) as Record<N, Float32Array<ArrayBuffer>>;
  }
}

const recordUpdate =
  (operations: readonly Operation[]) =>
  (recorder: Recorder): void => {
    for (const operation of operations) recorder.record(operation);
  };

/** The bits of a float array as unsigned integers. */
export function asIndices(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
