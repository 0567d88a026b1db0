import type { Handed, OperationTime, Plan, Run } from '../../plan/machine.js';
import type { Operation } from '../../plan/operation.js';
import { macsOf, macsOfOne, type Recording } from '../../plan/record.js';
import type { Storage, Tensor } from '../../plan/tensor.js';
import type { Commands } from './commands.js';
import type { Gpu } from './device.js';
import { ReadbackRing } from './readback.js';
import { bufferOf } from './storage.js';

/** A range of a buffer that a run reads. */
interface Source {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

interface Whole {
  readonly images: number;
  /** The operations of pictures and update, in order. */
  readonly operations: readonly Operation[];
  /** The index after each operation's last command. */
  readonly ends: readonly number[];
}

/** A plan on a graphics card: one record for the whole batch, followed by the update. */
export class WebGpuPlan implements Plan {
  readonly urgent = false;
  /** Staging buffers by size, since a plan is read in the same few ways again and again. */
  readonly #rings = new Map<number, ReadbackRing>();
  readonly #gpu: Gpu;
  readonly #recording: Recording;
  readonly #commands: Commands;
  readonly #whole: Whole;

  constructor(gpu: Gpu, recording: Recording, commands: Commands, whole: Whole) {
    this.#gpu = gpu;
    this.#recording = recording;
    this.#commands = commands;
    this.#whole = whole;
  }

  get images(): number {
    return this.#whole.images;
  }

  get macs(): number {
    return macsOf(this.#whole.operations);
  }

  get bytes(): number {
    return this.#commands.bytes;
  }

  get handed(): Handed | undefined {
    return this.#commands.handed;
  }

  async run({ step, inputs, read }: Run): Promise<ArrayBuffer[]> {
    for (const [name, data] of Object.entries(inputs)) this.#commands.write(named(this.#recording.inputs, name), data);
    const sources = read.map((what) => this.#sourceOf(what));
    const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total === 0) {
      this.#commands.run(step);
      return [];
    }
    const ring = this.#ringOf(total);
    const staging = ring.take();
    this.#commands.run(step, (encoder) => {
      let at = 0;
      for (const { buffer, offset, bytes } of sources) {
        encoder.copyBufferToBuffer(buffer, offset, staging, at, bytes);
        at += bytes;
      }
    });
    const all = await ring.read(staging);
    let at = 0;
    return sources.map(({ bytes }) => all.slice(at, (at += bytes)));
  }

  /** Measures each operation's commands alone, repeated so often that submitting them takes little time in comparison. */
  async profile({ step, inputs }: Omit<Run, 'read'>): Promise<readonly OperationTime[]> {
    for (const [name, data] of Object.entries(inputs)) this.#commands.write(named(this.#recording.inputs, name), data);
    const { operations, ends } = this.#whole;
    const times: OperationTime[] = [];
    this.#commands.run(step);
    await this.#gpu.device.queue.onSubmittedWorkDone();
    for (const [index, operation] of operations.entries()) {
      const milliseconds = await this.#commands.measure(step, ends[index - 1] ?? 0, ends[index] ?? 0);
      times.push({ kind: operation.definition.kind, label: operation.label, macs: macsOfOne(operation), milliseconds });
    }
    return times;
  }

  #sourceOf(what: string | Storage): Source {
    if (typeof what !== 'string') return { buffer: bufferOf(what), offset: 0, bytes: what.length * 4 };
    const tensor = named(this.#recording.outputs, what);
    const { buffer, offset } = this.#commands.range(tensor);
    return { buffer, offset, bytes: tensor.length * 4 };
  }

  #ringOf(bytes: number): ReadbackRing {
    let ring = this.#rings.get(bytes);
    if (!ring) {
      ring = new ReadbackRing(this.#gpu, bytes);
      this.#rings.set(bytes, ring);
    }
    return ring;
  }

  destroy(): void {
    this.#commands.destroy();
    for (const ring of this.#rings.values()) ring.destroy();
  }
}

function named(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`there is no tensor '${name}'; there are ${[...tensors.keys()].join(', ')}`);
  return tensor;
}
