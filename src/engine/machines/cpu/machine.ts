import type { AdapterDescription } from '../../../protocol/runs/run.js';
import type { PlaygroundError } from '../../../vit/errors.js';
import type { Machine, Measure, Plan, Program } from '../../plan/machine.js';
import { usesOf, type Operation } from '../../plan/operation.js';
import { macsOf, Recorder, type Recording } from '../../plan/record.js';
import type { Storage, StorageOptions } from '../../plan/tensor.js';
import { Crew } from './crew.js';
import { groupOf, partsOf } from './groups.js';
import { arenaOf, Lowering, type Places } from './lowering.js';
import { CpuMemory } from './memory.js';
import type { StartMember } from './messages.js';
import { Instance, type Build } from './module.js';
import { lowerOperation } from './operations/index.js';
import { CpuPlan, type Part, type PreparedUpdate } from './plan.js';
import { CpuStorage, cpuStorage } from './storage.js';
import { Turns } from './turns.js';

export interface CpuOptions {
  readonly build: Build;
  /** The compiled WebAssembly module of a build. */
  readonly module: WebAssembly.Module;
  /** How this host starts a thread. */
  readonly start: StartMember;
  /** Number of threads. The results have the same bits for any number. */
  readonly threads: number;
  /** Speed of a matrix product on one thread, in 10^9 operations a second. */
  readonly gflops: number;
  /** The processor, where the host knows its name. */
  readonly description: string;
  /**
   * The most bytes that the memories of all threads may have together, if the host knows a limit. Only as many threads work as fit into it.
   */
  readonly memory?: number | undefined;
  /** Called with a sentence when fewer threads continue than there were. */
  readonly onFewer?: ((sentence: string) => void) | undefined;
}

/**
 * A CPU, with the kernels in WebAssembly. A plan is recorded for a group of pictures whose size depends on the program alone. Each thread
 * runs complete forwards and backwards of its groups on its own memory, and the sums over pictures are added in the order of the groups. So
 * threads share nothing and do not wait for each other, and the bits are the same for any number of threads.
 */
export class CpuMachine implements Machine {
  readonly build: Build;
  /** Speed of a matrix product on one thread, in 10^9 operations a second, measured when the machine was opened. */
  readonly gflops: number;
  readonly #crew: Crew;
  readonly #memory: CpuMemory;
  #plans = 0;
  /** Number of threads at the start. */
  readonly #asked: number;
  readonly #description: string;

  constructor({ build, module, start, threads, gflops, description, memory = Infinity, onFewer }: CpuOptions) {
    this.build = build;
    this.#asked = threads;
    this.gflops = gflops;
    this.#description = description;
    this.#crew = new Crew(module, start, threads);
    const tell = (): void => onFewer?.(this.#whyFewer());
    this.#crew.onFewer = tell;
    this.#memory = new CpuMemory(new Instance(module), this.#crew, new Turns(), memory, tell);
  }

  /** Number of threads that work now. */
  get threads(): number {
    return this.#crew.size;
  }

  get adapter(): AdapterDescription {
    const { threads, build, gflops } = this;
    const asked = this.#asked;
    const fewer = threads < asked;
    return {
      name: `CPU, ${fewer ? `${threads} of ` : ''}${asked} ${asked === 1 ? 'thread' : 'threads'}`,
      ...{ vendor: '', architecture: build, kind: 'cpu', features: [], gflops: gflops * threads },
      description: fewer ? this.#whyFewer() : this.#description,
    };
  }

  /** Why fewer threads work: each needs its own frozen weights and plans. */
  #whyFewer(): string {
    const each = (this.#memory.each / 2 ** 20).toFixed(0);
    return `${this.threads} of ${this.#asked} threads compute, since each takes ${each} MiB of memory for the backbone and its own work`;
  }

  get lost(): Promise<PlaygroundError> {
    return this.#crew.lost;
  }

  get allocatedBytes(): number {
    return this.#memory.used;
  }

  storage(options: StorageOptions): Storage {
    return new CpuStorage(this.#memory, options);
  }

  async compile(program: Program): Promise<Plan> {
    const memory = this.#memory;
    const places: Places = (tensor, form) => {
      const { storage, offset } = tensor.external ?? {};
      return cpuStorage(storage).sharedAt(form) + 4 * (offset ?? 0);
    };
    const { kernels } = memory.own;
    const lower = (recording: Recording, images: number, at: number) =>
      lowered(new Lowering(kernels, images, arenaOf(recording), at, places), recording);
    const sizes = sizesOf(program).map((images) => ({ images, recording: recorded(program, images) }));
    // The length of a block does not depend on its address, so any address serves to find it.
    const bytes = Math.max(...sizes.map(({ images, recording }) => lower(recording, images, 0).bytes));
    const block = memory.placeShared(bytes);
    const prepare = ({ images, recording }: (typeof sizes)[number]): Part => {
      const { calls, ends, placeOf } = lower(recording, images, block);
      const number = this.#plans++;
      this.#crew.broadcast({ kind: 'prepare', plan: number, calls });
      return { number, images, recording, ends, placeOf };
    };
    const [whole, ...halves] = sizes.map(prepare);
    if (!whole) throw new Error(`${program.label}: there is no group`);
    const sums = sumsOf(whole.recording.operations);
    return new CpuPlan(memory, {
      ...{ images: program.images, parts: [whole, ...halves], block, sums, update: this.#prepareUpdate(program) },
      macs: macsOfProgram(program),
      bytes: bytes * this.#crew.size,
    });
  }

  #prepareUpdate(program: Program): PreparedUpdate | undefined {
    if (!program.update) return undefined;
    const memory = this.#memory;
    const recorder = new Recorder();
    program.update(recorder);
    const recording = recorder.finish();
    const arena = arenaOf(recording);
    const places: Places = ({ label, external }) => {
      const { own } = cpuStorage(external?.storage);
      if (own === undefined) throw new Error(`${label}: an update reads no frozen weight`);
      return own + 4 * (external?.offset ?? 0);
    };
    const { kernels } = memory.own;
    const { bytes } = lowered(new Lowering(kernels, program.images, arena, 0, places), recording);
    const block = memory.takeOwn(bytes);
    const { calls, ends } = lowered(new Lowering(kernels, program.images, arena, block, places), recording);
    return {
      ...{ block, ends, operations: recording.operations },
      calls: calls.map(
        ({ kernel, numbers }) =>
          () =>
            void kernels[kernel](...numbers),
      ),
      changed: writtenOf(recording.operations).filter(({ role }) => role === 'trained'),
    };
  }

  measure(program: Program): Measure {
    const { kernels } = this.#memory.own;
    const bytes = sizesOf(program).map((images) => {
      const recording = recorded(program, images);
      return lowered(new Lowering(kernels, images, arenaOf(recording), 0, () => 0), recording).bytes;
    });
    return { bytes: Math.max(...bytes) * this.#crew.size, macs: macsOfProgram(program) };
  }

  idle(): Promise<void> {
    return this.#memory.turns.settled();
  }

  giveWay(milliseconds: number): void {
    this.#crew.giveWay(milliseconds);
  }

  destroy(): void {
    this.#crew.stop();
  }
}

function recorded(program: Program, images: number): Recording {
  const recorder = new Recorder();
  program.record(recorder, images);
  return recorder.finish();
}

/** Pictures of a group; and half of it, and so on, of what can be divided. */
function sizesOf(program: Program): readonly number[] {
  const { operations } = recorded(program, 1);
  return partsOf(groupOf(program.images, operations), operations);
}

function macsOfProgram(program: Program): number {
  return macsOf(recorded(program, program.images).operations);
}

function lowered(lowering: Lowering, { operations }: Recording) {
  const ends = operations.map((operation) => {
    lowerOperation(lowering, operation);
    return lowering.calls.length;
  });
  const { calls, bytes } = lowering;
  return { calls, ends, bytes, placeOf: lowering.at.bind(lowering) };
}

function writtenOf(operations: readonly Operation[]): CpuStorage[] {
  const storages = operations.flatMap((operation) =>
    usesOf(operation).flatMap(({ tensor, access }) => (tensor.external && access !== 'read' ? [tensor.external.storage] : [])),
  );
  return [...new Set(storages)].map(cpuStorage);
}

function sumsOf(operations: readonly Operation[]): CpuStorage[] {
  return writtenOf(operations).filter(({ role }) => role === 'sum');
}
