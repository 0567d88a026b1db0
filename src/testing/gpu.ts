import { afterAll, afterEach } from 'vitest';
import { Gpu } from '../engine/gpu/device.js';
import { PlanRecorder } from '../engine/gpu/recorder.js';
import type { Tensor } from '../engine/gpu/tensor.js';
import { openDawn } from '../headless/machine/dawn.js';

let opened: Promise<Gpu> | undefined;

/**
 * The device the GPU tests share, one for each test file. Without an adapter the test fails and says so; a validation error
 * fails the test it happened in.
 */
export function testGpu(): Promise<Gpu> {
  opened ??= openDawn();
  return opened;
}

/**
 * The shared device taken for a graphics card, so that the kernels share rows between invocations as they do there. Software
 * adapters run that as well, only slowly.
 */
export async function testGpuAsHardware(): Promise<Gpu> {
  const gpu = await testGpu();
  const view: unknown = Object.create(gpu, { adapter: { value: { ...gpu.adapter, hardware: true } } });
  if (!(view instanceof Gpu)) throw new Error('the view of the device lost its class');
  return view;
}

afterEach(async () => {
  if (!opened) return;
  const gpu = await opened;
  await gpu.device.queue.onSubmittedWorkDone();
  gpu.check();
});

afterAll(async () => {
  const gpu = await opened;
  gpu?.destroy();
  opened = undefined;
});

/** Small plans for tests: upload inputs, record, run once, read outputs. */
export class Bench {
  readonly plan: PlanRecorder;
  private readonly uploads: GPUBuffer[] = [];

  constructor(readonly gpu: Gpu) {
    this.plan = new PlanRecorder(gpu, 'test');
  }

  /** An input tensor with these values in it (float32). */
  input(label: string, values: ArrayLike<number>): Tensor {
    return this.external(label, Float32Array.from(values));
  }

  /** An input tensor of unsigned integers. */
  indices(label: string, values: ArrayLike<number>): Tensor {
    return this.external(label, Uint32Array.from(values));
  }

  output(label: string, length: number): Tensor {
    return this.plan.keep(this.plan.tensor(label, length));
  }

  private external(label: string, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): Tensor {
    const buffer = this.gpu.upload(label, data);
    this.uploads.push(buffer);
    return { label, length: data.length, external: { buffer, offset: 0 } };
  }

  /** Compiles, runs once and returns the named outputs as float32 (or uint32 where asked). */
  async run(outputs: readonly Tensor[], step: { seed?: number; number?: number; images?: number } = {}): Promise<Float32Array[]> {
    const compiled = await this.plan.compile();
    compiled.run({ seed: step.seed ?? 0, number: step.number ?? 0, images: step.images ?? 1 });
    const results: Float32Array[] = [];
    for (const output of outputs) results.push(new Float32Array(await compiled.read(output)));
    compiled.destroy();
    for (const buffer of this.uploads) this.gpu.release(buffer);
    this.gpu.check();
    return results;
  }
}

/** Reads a float array's bits as unsigned integers. */
export function asIndices(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
