import type { Handed, OperationTime, Plan, Run, StepValues } from '../../plan/machine.js';
import type { Operation } from '../../plan/operation.js';
import { macsOfOne, type Recording } from '../../plan/record.js';
import type { HostData, Tensor } from '../../plan/tensor.js';
import type { Commands } from './commands.js';
import type { Gpu } from './device.js';
import { picturesOf } from './pictures.js';
import { ReadbackRing } from './readback.js';
import { bufferOf } from './storage.js';

/** A range of a buffer that a run reads, and its place in the staging buffer. */
interface Source {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  readonly at: number;
  /** For an output, the bytes of each group; left out for a storage, which is copied after the last group. */
  readonly each?: number;
}

/** An operation's commands. */
export interface Timed {
  readonly operation: Operation;
  readonly begin: number;
  readonly end: number;
  /** Whether they run once for the whole batch, and not for every group of it. */
  readonly once: boolean;
}

interface Whole {
  readonly images: number;
  /** Pictures of a group. */
  readonly group: number;
  readonly macs: number;
  /** Of pictures and update, in order. */
  readonly timed: readonly Timed[];
}

/** A plan on a graphics card: one record for the whole batch or for groups of its pictures, followed by the update. */
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
    return this.#whole.macs;
  }

  get bytes(): number {
    return this.#commands.bytes;
  }

  get handed(): Handed | undefined {
    return this.#commands.handed;
  }

  async run({ step, inputs, gathered = {}, read }: Run): Promise<ArrayBuffer[]> {
    const groups = this.#groupsOf(step);
    const before = (group: number): void => this.#writeInputs(inputs, group);
    const gather = (encoder: GPUCommandEncoder, group: number): void => this.#gather(encoder, gathered, group);
    const sources = this.#sourcesOf(read);
    const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total === 0) {
      this.#commands.run(step, { groups, before, gather });
      return [];
    }
    const ring = this.#ringOf(total);
    const staging = ring.take();
    this.#commands.run(step, {
      groups,
      before,
      gather,
      after: (encoder, group) => copyBack(encoder, staging, sources, group, group + 1 === groups),
    });
    const all = await ring.read(staging);
    return sources.map(({ at, bytes }) => all.slice(at, at + bytes));
  }

  /** Measures each operation's commands alone, repeated so often that submitting them takes little time in comparison. */
  async profile({ step, inputs, gathered = {} }: Omit<Run, 'read'>): Promise<readonly OperationTime[]> {
    const groups = this.#groupsOf(step);
    const times: OperationTime[] = [];
    this.#commands.run(step, {
      groups,
      before: (group) => this.#writeInputs(inputs, group),
      gather: (encoder, group) => this.#gather(encoder, gathered, group),
    });
    await this.#gpu.device.queue.onSubmittedWorkDone();
    for (const { operation, begin, end, once } of this.#whole.timed) {
      const runs = once ? 1 : groups;
      const milliseconds = runs * (await this.#commands.measure(step, begin, end));
      times.push({ kind: operation.definition.kind, label: operation.label, macs: runs * macsOfOne(operation), milliseconds });
    }
    return times;
  }

  /** Groups of padding alone are not run. */
  #groupsOf({ images }: StepValues): number {
    const { group, images: most } = this.#whole;
    return Math.max(1, Math.ceil(Math.min(images, most) / group));
  }

  #writeInputs(inputs: Run['inputs'], group: number): void {
    for (const [name, data] of Object.entries(inputs)) {
      const tensor = named(this.#recording.inputs, name);
      this.#commands.write(tensor, partOf(data, group * tensor.length, tensor.length));
    }
  }

  #gather(encoder: GPUCommandEncoder, gathered: NonNullable<Run['gathered']>, group: number): void {
    const first = group * this.#whole.group;
    for (const [name, { from, places }] of Object.entries(gathered)) {
      const { buffer, offset } = this.#commands.range(named(this.#recording.inputs, name));
      const { buffer: pictures, each } = picturesOf(from);
      places.slice(first, first + this.#whole.group).forEach((place, index) => {
        encoder.copyBufferToBuffer(pictures, place * each, buffer, offset + index * each, each);
      });
    }
  }

  #sourcesOf(read: Run['read']): Source[] {
    let end = 0;
    return read.map((what) => {
      const at = end;
      if (typeof what !== 'string') {
        end += what.length * 4;
        return { buffer: bufferOf(what), offset: 0, bytes: what.length * 4, at };
      }
      const tensor = named(this.#recording.outputs, what);
      const { buffer, offset } = this.#commands.range(tensor);
      const { images, group } = this.#whole;
      const each = tensor.length * 4;
      const bytes = (each / group) * images;
      end += bytes;
      return { buffer, offset, bytes, at, each };
    });
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

/** At most `length` elements of 4 bytes, from element `from` on. */
function partOf({ buffer, byteOffset, byteLength }: HostData, from: number, length: number): Uint8Array<ArrayBuffer> {
  const begin = Math.min(4 * from, byteLength);
  return new Uint8Array(buffer, byteOffset + begin, Math.min(4 * length, byteLength - begin));
}

function copyBack(
  encoder: GPUCommandEncoder,
  staging: GPUBuffer,
  sources: readonly Source[],
  group: number,
  last: boolean,
): void {
  for (const { buffer, offset, bytes, at, each } of sources) {
    if (each !== undefined) {
      const from = group * each;
      encoder.copyBufferToBuffer(buffer, offset, staging, at + from, Math.min(each, bytes - from));
    } else if (last) encoder.copyBufferToBuffer(buffer, offset, staging, at, bytes);
  }
}

function named(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`there is no tensor '${name}'; there are ${[...tensors.keys()].join(', ')}`);
  return tensor;
}
