import { PlaygroundError } from '../../../vit/errors.js';
import type { Gpu } from './device.js';

/** Reuses small staging buffers, so that results are read without delaying later runs. */
export class ReadbackRing {
  readonly #free: GPUBuffer[] = [];
  readonly #all: GPUBuffer[] = [];
  readonly #gpu: Gpu;
  readonly #bytes: number;

  constructor(gpu: Gpu, bytes: number) {
    this.#gpu = gpu;
    this.#bytes = bytes;
  }

  take(): GPUBuffer {
    const ready = this.#free.pop();
    if (ready) return ready;
    const buffer = this.#gpu.device.createBuffer({
      label: `readback ${this.#all.length}`,
      size: Math.ceil(this.#bytes / 4) * 4,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    this.#all.push(buffer);
    return buffer;
  }

  /** Reads a buffer after everything submitted before, and then reuses it. */
  async read(buffer: GPUBuffer): Promise<ArrayBuffer> {
    try {
      await buffer.mapAsync(GPUMapMode.READ);
    } catch (cause) {
      this.#gpu.check();
      throw new PlaygroundError('gpu.lost', 'reading a result back failed: the GPU device is gone', { cause });
    }
    const bytes = buffer.getMappedRange().slice(0, this.#bytes);
    buffer.unmap();
    this.#free.push(buffer);
    this.#gpu.check();
    return bytes;
  }

  destroy(): void {
    for (const buffer of this.#all) buffer.destroy();
  }
}
