import type { AdapterDescription } from '../../../protocol/run.js';
import type { PlaygroundError } from '../../../vit/errors.js';
import type { Machine, Measure, Plan, Program, Progress } from '../../plan/machine.js';
import { macsOf, Recorder, type Recording } from '../../plan/record.js';
import type { Storage, StorageOptions } from '../../plan/tensor.js';
import { Autotuner, FIRST_SEARCH, measureOn, type TunerMemory } from './autotuner.js';
import { arenaBytes, compileDispatches, type Lowered } from './compile.js';
import { Gpu, type ShaderReader } from './device.js';
import { Lowering } from './lowering.js';
import { lowerOperation } from './operations/index.js';
import { WebGpuPlan } from './plan.js';
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
    const recordings = record(program);
    const rehearsal = this.#lower(recordings);
    const keys = this.tuner.open(rehearsal.pending);
    // A full search also continues what an earlier visit left.
    const full = this.#searchLeft === Number.POSITIVE_INFINITY;
    if (keys.length > 0 || full) {
      const began = performance.now();
      await this.tuner.search(this.#searchLeft, {
        ...(full ? {} : { keys }),
        onProgress: (done, total) => onProgress?.(done, total, 'Measuring kernels'),
      });
      this.#searchLeft = Math.max(0, this.#searchLeft - (performance.now() - began));
    }
    const { dispatched, ends } = rehearsal.pending.size > 0 ? this.#lower(recordings) : rehearsal;
    const lowered = { label: program.label, dispatched, kept: keptBy(recordings) };
    const commands = await compileDispatches(this.gpu, lowered, onProgress);
    const operations = operationsOf(recordings);
    return new WebGpuPlan(this.gpu, recordings.pictures, commands, { images: program.images, operations, ends });
  }

  /** Software adapters are not measured further. */
  async improve(milliseconds: number): Promise<boolean> {
    if (this.adapter.kind !== 'gpu' || !this.tuner.unfinished) return false;
    await this.tuner.search(milliseconds);
    return this.tuner.unfinished;
  }

  /** Where choices are not measured yet, the first candidates are assumed, whose scratch memory may differ a little. */
  measure(program: Program): Measure {
    const recordings = record(program);
    const { dispatched } = this.#lower(recordings);
    const lowered: Lowered = { label: program.label, dispatched, kept: keptBy(recordings) };
    return { bytes: arenaBytes(lowered), macs: macsOf(operationsOf(recordings)) };
  }

  /** Lowers to dispatches, with the index after each operation's last dispatch, and the choices that are still to be measured. */
  #lower(recordings: Recordings) {
    const lowering = new Lowering(this.gpu, this.tuner);
    const ends = operationsOf(recordings).map((operation) => {
      lowerOperation(lowering, operation);
      return lowering.dispatched.length;
    });
    const { dispatched, pending } = lowering;
    return { dispatched, pending, ends };
  }

  idle(): Promise<void> {
    return this.gpu.device.queue.onSubmittedWorkDone().then(() => undefined);
  }

  destroy(): void {
    this.gpu.destroy();
  }
}

interface Recordings {
  readonly pictures: Recording;
  readonly update: Recording | undefined;
}

function record(program: Program): Recordings {
  const pictures = new Recorder();
  program.record(pictures, program.images);
  if (!program.update) return { pictures: pictures.finish(), update: undefined };
  const update = new Recorder();
  program.update(update);
  return { pictures: pictures.finish(), update: update.finish() };
}

function operationsOf({ pictures, update }: Recordings) {
  return [...pictures.operations, ...(update?.operations ?? [])];
}

function keptBy({ pictures: { inputs, outputs } }: Recordings) {
  return [...inputs.values(), ...outputs.values()];
}
