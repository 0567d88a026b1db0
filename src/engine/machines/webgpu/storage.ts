import { packHalves } from '../../../vit/half.js';
import type { ElementType, Role, Storage, StorageOptions } from '../../plan/tensor.js';
import { FEWER_WEIGHTS, type Gpu } from './device.js';

/** A buffer of the card. */
export class WebGpuStorage implements Storage {
  readonly label: string;
  readonly role: Role;
  readonly type: ElementType;
  readonly length: number;
  readonly half: boolean;
  readonly buffer: GPUBuffer;
  readonly #gpu: Gpu;

  constructor(gpu: Gpu, { label, role, type, length, half = false, data }: StorageOptions) {
    this.#gpu = gpu;
    this.label = label;
    this.role = role;
    this.type = type;
    this.length = length;
    this.half = half;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    this.buffer = gpu.buffer(label, length * (half ? 2 : 4), usage, FEWER_WEIGHTS);
    if (data) this.write(data);
  }

  write(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): void {
    const bytes = this.half && data instanceof Float32Array ? packHalves(data) : data;
    this.#gpu.device.queue.writeBuffer(this.buffer, 0, bytes);
  }

  /** For float16 numbers, the content is the packed words. */
  read(): Promise<ArrayBuffer> {
    return this.#gpu.read(this.buffer, 0, this.half ? 4 * Math.ceil(this.length / 2) : this.length * 4);
  }

  release(): void {
    this.#gpu.release(this.buffer);
  }
}

/** The buffer of a storage. Throws for a storage of another kind of machine. */
export function bufferOf(storage: Storage): GPUBuffer {
  if (storage instanceof WebGpuStorage) return storage.buffer;
  throw new Error(`${storage.label}: it was not made by this machine`);
}
