import type { OperationTime, Plan, Run, StepValues } from '../../plan/machine.js';
import type { Operation } from '../../plan/operation.js';
import { macsOfOne, type Recording } from '../../plan/record.js';
import type { Tensor } from '../../plan/tensor.js';
import { STEP_BYTES } from './lowering.js';
import type { Task } from './crew.js';
import type { CpuMemory } from './memory.js';
import type { Bytes, Range } from './messages.js';
import { bytesOf, cpuStorage, type CpuStorage } from './storage.js';

/** The work on a number of pictures, prepared in every member. */
export interface Part {
  readonly number: number;
  readonly images: number;
  readonly recording: Recording;
  /** One past each operation's last call. */
  readonly ends: readonly number[];
  readonly placeOf: (tensor: Tensor) => number;
}

/** A program prepared for groups of pictures. */
export interface Prepared {
  /** Pictures of the program. */
  readonly images: number;
  /** A whole group, half of it, and so on, of what can be divided. They use the same block, one after another. */
  readonly parts: readonly [Part, ...Part[]];
  /** Address of the plan's block in every member's memory. */
  readonly block: number;
  /** The sums that each group contributes to. */
  readonly sums: readonly CpuStorage[];
  readonly update: PreparedUpdate | undefined;
  readonly macs: number;
  readonly bytes: number;
}

/** The update, which runs once for the whole batch on the machine's own memory. */
export interface PreparedUpdate {
  readonly block: number;
  readonly operations: readonly Operation[];
  readonly calls: readonly (() => void)[];
  /** One past each operation's last call. */
  readonly ends: readonly number[];
  /** The trained weights that it changes. */
  readonly changed: readonly CpuStorage[];
}

export class CpuPlan implements Plan {
  readonly #memory: CpuMemory;
  readonly #prepared: Prepared;

  constructor(memory: CpuMemory, prepared: Prepared) {
    this.#memory = memory;
    this.#prepared = prepared;
  }

  get images(): number {
    return this.#prepared.images;
  }

  get macs(): number {
    return this.#prepared.macs;
  }

  get bytes(): number {
    return this.#prepared.bytes;
  }

  /** A plan of one picture that changes nothing runs at once, between the calls of whatever runs, since a person waits for it. */
  get urgent(): boolean {
    return this.images === 1 && !this.#changes;
  }

  get #changes(): boolean {
    return this.#prepared.update !== undefined || this.#prepared.sums.length > 0;
  }

  run(run: Run): Promise<ArrayBuffer[]> {
    // The caller may reuse its arrays as soon as this returns.
    const inputs = Object.entries(run.inputs).map(([name, data]) => [name, bytesOf(data).slice()] as const);
    const work = (): Promise<ArrayBuffer[]> => this.#work(run, inputs);
    const { turns } = this.#memory;
    if (this.urgent) return turns.immediate(work);
    return this.#changes ? turns.exclusive(work) : turns.shared(work);
  }

  profile({ step, inputs }: Omit<Run, 'read'>): Promise<readonly OperationTime[]> {
    const given = Object.entries(inputs).map(([name, data]) => [name, bytesOf(data).slice()] as const);
    return this.#memory.turns.exclusive(async () => {
      const { parts, update } = this.#prepared;
      const { recording, ends } = parts[0];
      const groups = this.#groupsOf(step);
      const results = this.#runGroups(step, given, groups, [], true);
      const times: Float64Array[] = [];
      for (const result of results) times.push(new Float64Array((await result).at(-1) ?? new ArrayBuffer(0)));
      const calls = Array.from({ length: ends.at(-1) ?? 0 }, (_, call) =>
        times.reduce((sum, group) => sum + (group[call] ?? NaN), 0),
      );
      const work = operationTimes(recording.operations, ends, calls, groups);
      return update ? [...work, ...operationTimes(update.operations, update.ends, this.#timedUpdate(step, update), 1)] : work;
    });
  }

  #groupsOf(step: StepValues): number {
    const { parts, images } = this.#prepared;
    return Math.max(1, Math.ceil(Math.min(step.images, images) / parts[0].images));
  }

  async #work({ step, read }: Run, inputs: Inputs): Promise<ArrayBuffer[]> {
    const { parts: sizes, sums, images } = this.#prepared;
    const { recording, images: group } = sizes[0];
    const groups = this.#groupsOf(step);
    const outputs = read.filter((what) => typeof what === 'string');
    const results = this.#runGroups(step, inputs, groups, outputs);
    const parts: (readonly ArrayBuffer[])[] = [];
    for (const result of results) {
      // Sums are added in the order of the groups, whichever finishes first, so that they are the same for any number of threads.
      const part = await result;
      sums.forEach((sum, index) => this.#contribute(sum, part[index], parts.length === 0));
      parts.push(part.slice(sums.length));
    }
    this.#update(step);
    return read.map((what) => {
      if (typeof what !== 'string') return cpuStorage(what).read8().buffer;
      const tensor = named(recording.outputs, what);
      const bytes = (tensor.length * 4) / group;
      return joined(
        parts.map((part) => part[outputs.indexOf(what)]),
        bytes * images,
      );
    });
  }

  #runGroups(step: StepValues, inputs: Inputs, groups: number, outputs: readonly string[], timed = false) {
    const { images } = this.#prepared.parts[0];
    const results = this.#memory.crew.run(
      Array.from({ length: groups }, (_, index) => this.#task(step, inputs, 0, index * images, outputs, timed)),
    );
    // The results are awaited one after another. Where an earlier one fails, nobody handles the failures of the rest.
    for (const result of results) result.catch(() => undefined);
    return results;
  }

  /** The work on the pictures from `first` on, as many as part `size` has. */
  #task(step: StepValues, inputs: Inputs, size: number, first: number, outputs: readonly string[], timed: boolean): Task {
    const { parts, block, sums } = this.#prepared;
    const { number, images, recording, placeOf } = parts[size] ?? parts[0];
    const writes = (): Bytes[] => [
      { at: block, data: stepBytes(step, first) },
      ...inputs.map(([name, data]) => {
        const tensor = named(recording.inputs, name);
        const bytes = tensor.length * 4;
        const from = (first / images) * bytes;
        return { at: placeOf(tensor), data: padded(data.subarray(from, from + bytes), bytes) };
      }),
    ];
    const reads: Range[] = [
      ...sums.map((sum) => ({ at: sum.sharedAt('plain'), bytes: sum.length * 4 })),
      ...outputs.map((name) => {
        const tensor = named(recording.outputs, name);
        return { at: placeOf(tensor), bytes: tensor.length * 4 };
      }),
    ];
    const half = timed ? undefined : parts[size + 1];
    const divide =
      half && (() => [first, first + half.images].map((at) => this.#task(step, inputs, size + 1, at, outputs, timed)));
    return { plan: number, writes, reads, urgent: !timed && this.urgent, timed, divide };
  }

  #contribute(sum: CpuStorage, part: ArrayBuffer | undefined, first: boolean): void {
    if (sum.own === undefined || !part) throw new Error(`${sum.label}: a group of pictures returned no sum`);
    const total = this.#memory.own.floats(sum.own, sum.length);
    const values = new Float32Array(part);
    if (first) total.set(values);
    else for (let i = 0; i < total.length; i++) total[i]! += values[i]!;
    sum.version++;
  }

  #update(step: StepValues): void {
    const { update } = this.#prepared;
    if (update) this.#timedUpdate(step, update);
  }

  /** @returns the milliseconds of each call. */
  #timedUpdate(step: StepValues, update: PreparedUpdate): number[] {
    this.#memory.own.byteView(update.block, STEP_BYTES).set(stepBytes(step, 0));
    const times = update.calls.map((call) => {
      const began = performance.now();
      call();
      return performance.now() - began;
    });
    for (const storage of update.changed) storage.version++;
    return times;
  }

  destroy(): void {
    const memory = this.#memory;
    const prepared = this.#prepared;
    void memory.turns.exclusive(() => {
      for (const { number } of prepared.parts) memory.crew.broadcast({ kind: 'forget', plan: number });
      memory.freeShared(prepared.block);
      if (prepared.update) memory.freeOwn(prepared.update.block);
    });
  }
}

/** @param calls milliseconds of each call, over all groups together. */
function operationTimes(operations: readonly Operation[], ends: readonly number[], calls: readonly number[], groups: number) {
  return operations.map((operation, index): OperationTime => {
    const own = calls.slice(ends[index - 1] ?? 0, ends[index]);
    const milliseconds = own.reduce((sum, value) => sum + value, 0);
    return { kind: operation.definition.kind, label: operation.label, macs: groups * macsOfOne(operation), milliseconds };
  });
}

type Inputs = readonly (readonly [string, Uint8Array<ArrayBuffer>])[];

function named(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`there is no tensor '${name}'; there are ${[...tensors.keys()].join(', ')}`);
  return tensor;
}

/** The step's words, as in kernels/common/step.ts. */
function stepBytes({ seed, number, images, update }: StepValues, first: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(STEP_BYTES));
  [seed, number, images].forEach((word, index) => view.setUint32(4 * index, word, true));
  const values = update ? [...update.corrections, ...update.rates, update.decay] : [];
  values.forEach((value, index) => view.setFloat32(12 + 4 * index, value, true));
  view.setUint32(32, first, true);
  return new Uint8Array(view.buffer);
}

/** The data, padded to this many bytes; what lies past the step's pictures is not read. */
function padded(data: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy.set(data);
  return copy;
}

/** The groups' parts one after another, cut to the length of the whole batch. */
function joined(parts: readonly (ArrayBuffer | undefined)[], bytes: number): ArrayBuffer {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    if (!part) throw new Error('a group of pictures returned no result');
    all.set(new Uint8Array(part).subarray(0, bytes - at), at);
    at += part.byteLength;
  }
  return all.buffer;
}
