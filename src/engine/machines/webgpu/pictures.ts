import type { KeptPictures } from '../../plan/machine.js';
import type { Gpu } from './device.js';

/** Of the largest buffer, what kept pictures may take: a training set of thousands of small pictures, beside weights and activations. */
const SHARE = 1 / 8;

/** Pictures in one buffer of the card. They are only copied from, so that no binding has to hold them. */
export class WebGpuPictures implements KeptPictures {
  readonly #gpu: Gpu;
  readonly buffer: GPUBuffer;
  /** Bytes of a picture. */
  readonly each: number;

  private constructor(gpu: Gpu, buffer: GPUBuffer, each: number) {
    this.#gpu = gpu;
    this.buffer = buffer;
    this.each = each;
  }

  /** Null where the pictures are too large together, or the card has no room. */
  static async open(gpu: Gpu, count: number, each: number): Promise<WebGpuPictures | null> {
    if (count * each > SHARE * gpu.limits.maxBufferSize) return null;
    gpu.device.pushErrorScope('out-of-memory');
    const buffer = gpu.buffer('kept pictures', count * each, GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
    if ((await gpu.device.popErrorScope()) === null) return new WebGpuPictures(gpu, buffer, each);
    gpu.release(buffer);
    return null;
  }

  get bytes(): number {
    return this.buffer.size;
  }

  write(place: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#gpu.device.queue.writeBuffer(this.buffer, place * this.each, bytes);
  }

  release(): void {
    this.#gpu.release(this.buffer);
  }
}

/** The pictures behind an input, for those that a machine of this kind keeps. */
export function picturesOf(pictures: KeptPictures): WebGpuPictures {
  if (pictures instanceof WebGpuPictures) return pictures;
  throw new Error('these pictures are not kept by this machine');
}
