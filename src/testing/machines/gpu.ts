import { afterAll, afterEach } from 'vitest';
import type { Gpu } from '../../engine/machines/webgpu/device.js';
import { WebGpuMachine } from '../../engine/machines/webgpu/machine.js';
import { openDawn } from '../../headless/machine/dawn.js';

let opened: Promise<WebGpuMachine> | undefined;

/**
 * The machine the GPU tests share, one for each test file. Without an adapter the test fails and says so; a validation error
 * fails the test it happened in.
 */
export function testMachine(): Promise<WebGpuMachine> {
  // Nothing is measured: what a test runs must not hang on how fast something was.
  opened ??= openDawn().then(({ gpu }) => new WebGpuMachine(gpu, undefined, 0));
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
  const adapter = { ...gpu.adapter, kind: 'gpu' };
  // A view of the same device: all but the adapter is the original's, whose hidden members only it may read.
  const view = new Proxy(gpu, {
    get(target, name): unknown {
      const value: unknown = name === 'adapter' ? adapter : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return new WebGpuMachine(view, undefined, 0);
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
