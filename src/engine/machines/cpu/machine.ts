import type { AdapterDescription } from '../../../protocol/run.js';
import type { PlaygroundError } from '../../../vit/errors.js';
import type { Machine, Measure, Plan, Program } from '../../plan/machine.js';
import { usesOf, type Operation } from '../../plan/operation.js';
import { macsOf, macsOfOne, Recorder, type Recording } from '../../plan/record.js';
import type { Storage, StorageOptions } from '../../plan/tensor.js';
import { Crew } from './crew.js';
import { arenaOf, Lowering, type Places } from './lowering.js';
import { CpuMemory } from './memory.js';
import type { StartMember } from './messages.js';
import { Instance, type Build } from './module.js';
import { lowerOperation } from './operations/index.js';
import { CpuPlan, type PreparedUpdate } from './plan.js';
import { CpuStorage, cpuStorage } from './storage.js';
import { Turns } from './turns.js';

export interface CpuOptions {
  readonly build: Build;
  /** The build's bytes, compiled. */
  readonly module: WebAssembly.Module;
  /** How this host starts a thread. */
  readonly start: StartMember;
  /** Threads. The bits of every result are the same for any number of them. */
  readonly threads: number;
  /** Of a product of matrices on one thread, 10^9 a second. */
  readonly gflops: number;
  /** The processor, where the host knows its name. */
  readonly description: string;
  /** Bytes that all threads' memories may have together, where the host knows: as many threads work as that has room for. */
  readonly memory?: number | undefined;
  /** Told, in a sentence, when fewer threads go on than there were. */
  readonly onFewer?: ((sentence: string) => void) | undefined;
}

/** Groups that a batch is cut into at most: as many threads are busy. */
const MOST_GROUPS = 8;
/** Multiply-accumulates of a group at the least, so that handing it over costs little beside it: about 3 ms. */
const LEAST_MACS = 5e7;
/**
 * Rows that a weight is multiplied with at the least, on the average of a forward: each group fetches every weight anew, which late
 * blocks with a few tokens left wait for. No picture's bits hang on its neighbours.
 */
const LEAST_ROWS = 128;
/** Groups that are left of a forward's batch for that at the least, so that some threads are busy. */
const LEAST_GROUPS = 4;

/**
 * Processors, with the kernels in WebAssembly. A plan is recorded for a group of pictures, whose size follows from the program alone;
 * each thread runs whole forwards and backwards of its groups on a memory of its own, and the sums over pictures are added up in the
 * order of groups. So nothing is shared, nobody waits for another, and the bits are the same for any number of threads.
 */
export class CpuMachine implements Machine {
  readonly build: Build;
  /** Of a product of matrices on one thread, 10^9 a second: what was measured when it was opened. */
  readonly gflops: number;
  readonly #crew: Crew;
  readonly #memory: CpuMemory;
  #plans = 0;
  /** Threads that it began with. */
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

  /** Threads that work now. */
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

  /** Each thread has frozen weights and plans of its own. */
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
    const group = groupOf(program);
    const recording = recorded(program, group);
    const arena = arenaOf(recording);
    const places: Places = (tensor, form) => {
      const { storage, offset } = tensor.external ?? {};
      return cpuStorage(storage).sharedAt(form) + 4 * (offset ?? 0);
    };
    // Addresses follow from where the block begins, and its length from the calls.
    const bytes = lowered(new Lowering(memory.own.kernels, group, arena, 0, places), recording).bytes;
    const block = memory.placeShared(bytes);
    const { calls, ends, placeOf } = lowered(new Lowering(memory.own.kernels, group, arena, block, places), recording);
    const number = this.#plans++;
    this.#crew.broadcast({ kind: 'prepare', plan: number, calls });
    const update = this.#prepareUpdate(program);
    return new CpuPlan(memory, {
      ...{ number, images: program.images, group, recording, ends, block, placeOf, sums: sumsOf(recording.operations), update },
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
    const recording = recorded(program, groupOf(program));
    const { kernels } = this.#memory.own;
    const { bytes } = lowered(new Lowering(kernels, groupOf(program), arenaOf(recording), 0, () => 0), recording);
    return { bytes: bytes * this.#crew.size, macs: macsOfProgram(program) };
  }

  idle(): Promise<void> {
    return this.#memory.turns.settled();
  }

  destroy(): void {
    this.#crew.stop();
  }
}

/** Pictures of a group: by the program alone, never by the threads. */
function groupOf(program: Program): number {
  const { images } = program;
  const { operations } = recorded(program, 1);
  const least = Math.ceil(LEAST_MACS / Math.max(1, macsOf(operations)));
  // Where pictures meet in sums, these are taken in the order of groups: other groups would be other bits.
  const meet = operations.some((operation) =>
    usesOf(operation).some(({ tensor, access }) => tensor.external && access !== 'read'),
  );
  const forRows = meet ? 1 : Math.min(Math.ceil(LEAST_ROWS / rowsOf(operations)), Math.ceil(images / LEAST_GROUPS));
  return Math.min(images, Math.max(least, forRows, Math.ceil(images / MOST_GROUPS)));
}

/** Rows that each weight of a record is multiplied with, on the average over the weights' elements; at least 1. */
function rowsOf(operations: readonly Operation[]): number {
  let [products, elements] = [0, 0];
  for (const operation of operations) {
    if (operation.definition.kind !== 'linear') continue;
    products += macsOfOne(operation);
    elements += usesOf(operation).find(({ name }) => name === 'weight')?.tensor.length ?? 0;
  }
  return Math.max(1, products / Math.max(1, elements));
}

function recorded(program: Program, images: number): Recording {
  const recorder = new Recorder();
  program.record(recorder, images);
  return recorder.finish();
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
