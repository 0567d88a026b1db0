import { afterAll, afterEach } from 'vitest';
import type { Gpu } from '../../engine/machines/webgpu/device.js';
import { WebGpuMachine } from '../../engine/machines/webgpu/machine.js';
import { openDawn } from '../../headless/machine/dawn.js';

let opened: Promise<WebGpuMachine> | undefined;

/**
 * The machine that the tests of a file share. Without an adapter the test fails and says so; a validation error fails the test that it
 * happens in.
 */
export function testMachine(): Promise<WebGpuMachine> {
  // No time for measurements: which kernels a test runs must not depend on their speed.
  opened ??= openDawn().then(({ gpu }) => new WebGpuMachine(gpu, undefined, 0));
  return opened;
}

export async function testGpu(): Promise<Gpu> {
  return (await testMachine()).gpu;
}

/**
 * The shared device, declared a graphics card, so that kernels share rows between invocations as they do on a card. Software adapters
 * run these kernels too, only slowly.
 */
export async function testMachineAsHardware(): Promise<WebGpuMachine> {
  const gpu = await testGpu();
  const adapter = { ...gpu.adapter, kind: 'gpu' };
  // Everything but the adapter is forwarded to the original object, since only it can read its private members.
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
