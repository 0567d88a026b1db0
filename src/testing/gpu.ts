import { afterAll, afterEach } from 'vitest';
import type { Gpu } from '../engine/machines/webgpu/device.js';
import { WebGpuMachine } from '../engine/machines/webgpu/machine.js';
import type { Machine, StepValues } from '../engine/plan/machine.js';
import { Recorder } from '../engine/plan/record.js';
import { viewOf, type Storage, type Tensor } from '../engine/plan/tensor.js';
import { openDawn } from '../headless/machine/dawn.js';

let opened: Promise<WebGpuMachine> | undefined;

/**
 * The machine the GPU tests share, one for each test file. Without an adapter the test fails and says so; a validation error
 * fails the test it happened in.
 */
export function testMachine(): Promise<WebGpuMachine> {
  opened ??= openDawn();
  return opened;
}

export async function testGpu(): Promise<Gpu> {
  return (await testMachine()).gpu;
}

/**
 * The shared device taken for a graphics card, so that the kernels share rows between invocations as they do there. Software
 * adapters run that as well, only slowly.
 */
export async function testMachineAsHardware(): Promise<WebGpuMachine> {
  const gpu = await testGpu();
  const adapter = { value: { ...gpu.adapter, hardware: true } };
  // A view of the same device: all but the adapter is the original's.
  return new WebGpuMachine(Object.create(gpu, { adapter }) as Gpu);
}

afterEach(async () => {
  if (!opened) return;
  const { gpu } = await opened;
  await gpu.device.queue.onSubmittedWorkDone();
  gpu.check();
});

afterAll(async () => {
  const machine = await opened;
  machine?.destroy();
  opened = undefined;
});

/** Small programs for tests, on any machine: give inputs, record, run once, read outputs. */
export class Bench {
  readonly recorder = new Recorder();
  private readonly storages: Storage[] = [];
  private readonly outputs: (string | Storage)[] = [];

  constructor(readonly machine: Machine) {}

  /** An input tensor with these values in it (float32). */
  input(label: string, values: ArrayLike<number>): Tensor {
    return this.storage(label, Float32Array.from(values));
  }

  /** An input tensor of unsigned integers. */
  indices(label: string, values: ArrayLike<number>): Tensor {
    return this.storage(label, Uint32Array.from(values));
  }

  /** An input that is trained: its gradient is the next output. */
  trained(label: string, values: ArrayLike<number>): Tensor {
    const gradient = this.storage(`d ${label}`, new Float32Array(values.length));
    this.outputs.push(storageOf(gradient));
    return { ...this.input(label, values), gradient };
  }

  /** The next output. */
  output(tensor: Tensor): void {
    if (tensor.external) {
      this.outputs.push(tensor.external.storage);
      return;
    }
    const name = `${this.outputs.length}`;
    this.recorder.output(name, tensor);
    this.outputs.push(name);
  }

  private storage(label: string, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): Tensor {
    const type = data instanceof Uint32Array ? 'u32' : 'f32';
    const storage = this.machine.storage({ label, role: 'state', type, length: data.length, data });
    this.storages.push(storage);
    return viewOf(storage);
  }

  /** Compiles, runs once and returns the outputs in their order, as float32. */
  async run(step: Partial<StepValues> = {}): Promise<Float32Array<ArrayBuffer>[]> {
    const { operations, inputs, outputs } = this.recorder.finish();
    const plan = await this.machine.compile({
      label: 'test',
      images: 1,
      record: (recorder) => {
        if (inputs.size > 0) throw new Error('a bench gives its inputs by storages');
        for (const operation of operations) recorder.record(operation);
        for (const [name, tensor] of outputs) recorder.output(name, tensor);
      },
    });
    const values = await plan.run({ step: { seed: 0, number: 0, images: 1, ...step }, inputs: {}, read: this.outputs });
    plan.destroy();
    for (const storage of this.storages) storage.release();
    return values.map((value) => new Float32Array(value));
  }
}

function storageOf({ label, external }: Tensor): Storage {
  if (!external) throw new Error(`${label} lies in no storage`);
  return external.storage;
}

/** Reads a float array's bits as unsigned integers. */
export function asIndices(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
