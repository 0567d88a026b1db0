import type { AdapterDescription } from '../../../protocol/runs/run.js';
import type { PlaygroundError } from '../../../vit/errors.js';
import type { KeptPictures, Machine, Measure, Plan, Program, Progress } from '../../plan/machine.js';
import { usesOf, type Operation } from '../../plan/operation.js';
import { macsOf, Recorder, type Recording } from '../../plan/record.js';
import { viewOf, type Storage, type StorageOptions, type Tensor } from '../../plan/tensor.js';
import { Autotuner, FIRST_SEARCH, measureOn, type TunerMemory } from './autotuner.js';
import { arenaBytes, compileDispatches, largestBytes, type Lowered } from './compile.js';
import { Gpu, type ShaderReader } from './device.js';
import { groupOf } from './groups.js';
import { Lowering, type Choice, type Choices } from './lowering.js';
import { lowerOperation } from './operations/index.js';
import { lowerGroupSum } from './operations/optimizer.js';
import { WebGpuPictures } from './pictures.js';
import { WebGpuPlan, type Timed } from './plan.js';
import { WebGpuStorage } from './storage.js';

/** A graphics card, or a software adapter, through WebGPU. */
export class WebGpuMachine implements Machine {
  readonly tuner: Autotuner;

  /** How long compilations may still wait for measurements, in milliseconds. */
  #searchLeft: number;

  /**
   * @param memory keeps measured choices for later machines.
   * @param firstSearch how long all compilations together may wait for measurements, in milliseconds; with 0 the first candidates are used
   *   without measuring.
   */
  constructor(
    readonly gpu: Gpu,
    memory?: TunerMemory,
    firstSearch = FIRST_SEARCH,
  ) {
    this.tuner = new Autotuner(gpu.adapter.name, measureOn(gpu), memory);
    this.#searchLeft = firstSearch;
  }

  /** Rejects with `gpu.unavailable` where the adapter gives no device. */
  static async open(
    adapter: GPUAdapter,
    readShader: ShaderReader,
    memory?: TunerMemory,
    firstSearch?: number,
  ): Promise<WebGpuMachine> {
    return new WebGpuMachine(await Gpu.open(adapter, readShader), memory, firstSearch);
  }

  get adapter(): AdapterDescription {
    return this.gpu.adapter;
  }

  get lost(): Promise<PlaygroundError> {
    return this.gpu.lost;
  }

  get allocatedBytes(): number {
    return this.gpu.allocatedBytes;
  }

  storage(options: StorageOptions): Storage {
    return new WebGpuStorage(this.gpu, options);
  }

  /** Measures unmeasured candidates first, as far as the time allows, and then lowers the program for good. */
  async compile(program: Program, onProgress?: Progress): Promise<Plan> {
    const recordings = this.#record(program);
    let lowered = this.#lower(recordings);
    // What is chosen may need further choices, which are opened when it is lowered again. A full search also continues what an earlier visit
    // left.
    for (let first = true; lowered.pending.size > 0 || (first && this.#searchesAll); first = false) {
      await this.#search(lowered.pending, onProgress);
      lowered = this.#lower(recordings);
    }
    const { dispatched, kept, commands: each, timed } = lowered;
    const { group, macs } = recordings;
    const compiled = { label: program.label, dispatched, kept, group: { images: group, commands: each } };
    const commands = await compileDispatches(this.gpu, compiled, onProgress);
    return new WebGpuPlan(this.gpu, recordings.pictures, commands, { images: program.images, group, macs, timed });
  }

  get #searchesAll(): boolean {
    return this.#searchLeft === Number.POSITIVE_INFINITY;
  }

  /** Takes up new choices, and measures their candidates as far as the time allows. */
  async #search(pending: ReadonlyMap<string, Choice>, onProgress?: Progress): Promise<void> {
    const keys = this.tuner.open(pending);
    if (keys.length === 0 && !this.#searchesAll) return;
    const began = performance.now();
    await this.tuner.search(this.#searchLeft, {
      ...(this.#searchesAll ? {} : { keys }),
      onProgress: (done, total) => onProgress?.(done, total, 'Measuring kernels'),
    });
    this.#searchLeft = Math.max(0, this.#searchLeft - (performance.now() - began));
  }

  /** Software adapters are not measured further: what they compute in idle time, the page's processors would not do for the page. */
  async improve(milliseconds: number): Promise<boolean> {
    if (this.adapter.kind !== 'gpu' || !this.tuner.unfinished) return false;
    await this.tuner.search(milliseconds);
    return this.tuner.unfinished;
  }

  /** Where choices are not measured yet, the first candidates are assumed, whose scratch memory may differ a little. */
  measure(program: Program): Measure {
    const recordings = this.#record(program);
    const { dispatched, kept } = this.#lower(recordings);
    const lowered: Lowered = { label: program.label, dispatched, kept };
    return { bytes: arenaBytes(lowered), macs: recordings.macs };
  }

  /** What a program chooses among, with all candidates. Where one choice depends on another, that is as it is now. */
  choicesIn(program: Program): ReadonlyMap<string, Choice> {
    const recordings = this.#record(program);
    const found = new Map<string, Choice>();
    const known = (key: string): string | undefined => {
      const choice = found.get(key);
      return choice && (this.tuner.known(key) ?? choice.candidates[0]?.name);
    };
    for (;;) {
      const { pending } = this.#lower(recordings, { known });
      if (pending.size === 0) return found;
      for (const [key, choice] of pending) found.set(key, choice);
    }
  }

  /** Records the whole batch, or a group of its pictures where a tensor of the batch would exceed the largest binding. */
  #record(program: Program): Recordings {
    const whole = recorded(program, program.images);
    const largest = (images: number): number => {
      const recording = images === program.images ? whole : recorded(program, images);
      const lowering = new Lowering(this.gpu, undefined, images);
      for (const operation of recording.operations) lowerOperation(lowering, operation);
      return largestBytes({ dispatched: lowering.dispatched, kept: keptBy(recording) });
    };
    const group = groupOf(program.images, largest, this.gpu.limits.maxStorageBufferBindingSize);
    const pictures = group === program.images ? whole : recorded(program, group);
    const update = updateOf(program);
    return { pictures, update, group, grouped: group < program.images, macs: macsOf([...whole.operations, ...update]) };
  }

  /** Lowers to dispatches, with the range of each operation's, and the choices that are still to be measured. */
  #lower({ pictures, update, group, grouped }: Recordings, choices: Choices = this.tuner) {
    const lowering = new Lowering(this.gpu, choices, group, readersIn(pictures));
    const lowered = (operations: readonly Operation[], once: boolean): Timed[] =>
      operations.map((operation) => {
        const begin = lowering.dispatched.length;
        lowerOperation(lowering, operation);
        return { operation, once, begin, end: lowering.dispatched.length };
      });
    const timed = lowered(pictures.operations, false);
    const totals = grouped ? sumsOf(pictures.operations).flatMap((sum) => lowerGroupSum(lowering, viewOf(sum))) : [];
    const commands = lowering.dispatched.length;
    timed.push(...lowered(update, true));
    const { dispatched, pending } = lowering;
    return { dispatched, pending, kept: [...keptBy(pictures), ...totals], commands, timed };
  }

  keepPictures(count: number, bytes: number): Promise<KeptPictures | null> {
    return WebGpuPictures.open(this.gpu, count, bytes);
  }

  idle(): Promise<void> {
    return this.gpu.device.queue.onSubmittedWorkDone().then(() => undefined);
  }

  destroy(): void {
    this.gpu.destroy();
  }
}

interface Recordings {
  /** Of a group of pictures. */
  readonly pictures: Recording;
  readonly update: readonly Operation[];
  /** Pictures of a group. */
  readonly group: number;
  /** Whether there are several groups. */
  readonly grouped: boolean;
  /** Multiply-accumulates of the whole batch. */
  readonly macs: number;
}

function recorded(program: Program, images: number): Recording {
  const recorder = new Recorder();
  program.record(recorder, images);
  return recorder.finish();
}

function updateOf(program: Program): readonly Operation[] {
  const recorder = new Recorder();
  program.update?.(recorder);
  return recorder.finish().operations;
}

/** The operations that read a tensor of a recording; undefined for what the host reads or what outlives the plan. */
function readersIn(recording: Recording): (tensor: Tensor) => readonly Operation[] | undefined {
  const kept = new Set<Tensor>(keptBy(recording));
  const readers = new Map<Tensor, Operation[]>();
  for (const operation of recording.operations) {
    for (const { tensor, access } of usesOf(operation)) {
      if (access !== 'write') readers.set(tensor, [...(readers.get(tensor) ?? []), operation]);
    }
  }
  return (tensor) => (tensor.external || kept.has(tensor) ? undefined : (readers.get(tensor) ?? []));
}

const keptBy = ({ inputs, outputs }: Recording) => [...inputs.values(), ...outputs.values()];

/** The sums that every group of pictures writes anew. */
function sumsOf(operations: readonly Operation[]): Storage[] {
  const written = operations.flatMap((operation) =>
    usesOf(operation).flatMap(({ tensor, access }) => (access === 'read' || !tensor.external ? [] : [tensor.external.storage])),
  );
  return [...new Set(written)].filter(({ role }) => role === 'sum');
}
