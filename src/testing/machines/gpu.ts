import { Gpu } from '../../engine/machines/webgpu/device.js';
import { WebGpuMachine } from '../../engine/machines/webgpu/machine.js';
import { openDawn } from '../../headless/machine/dawn.js';
import { readShaderFile } from '../../headless/machine/shaders.js';
import { withOthers } from './with-others.js';

let opened: Promise<WebGpuMachine> | undefined;

/**
 * The machine that the GPU tests share, those of all files, until an error spoils it. Without an adapter the test fails and says so;
 * a validation error fails the test it happened in.
 */
export function testMachine(): Promise<WebGpuMachine> {
  opened ??= ownMachine();
  return opened;
}

/** One that no other test has compiled anything on. */
export async function ownMachine(): Promise<WebGpuMachine> {
  const { gpu } = await openDawn();
  // No time for measurements: which kernels a test runs must not depend on their speed.
  return new WebGpuMachine(gpu, undefined, 0);
}

/**
 * A machine that takes the candidate of this name wherever there is one, and the first one elsewhere.
 * @param others names for the choices whose key has a certain word.
 */
export function machineChoosing(gpu: Gpu, name: string, others: Readonly<Record<string, string>> = {}): WebGpuMachine {
  const get = (key: string): string => {
    const chosen = Object.entries(others).find(([word]) => key.includes(word))?.[1] ?? name;
    return JSON.stringify([chosen, [chosen], 1]);
  };
  return new WebGpuMachine(gpu, { get, set: () => undefined }, 0);
}

/** What every WebGPU adapter has: the specification's default limits, and no feature. */
const LEAST_LIMITS = {
  ...{ maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27, maxStorageBuffersPerShaderStage: 8 },
  ...{ maxComputeWorkgroupStorageSize: 2 ** 14, maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256 },
};

/** Dawn's instance must outlive its devices. */
let leastInstance: GPU | undefined;

/** A machine on a device that gives no more than every adapter has to. */
export async function leastMachine(): Promise<WebGpuMachine> {
  // Chooses the driver.
  await testMachine();
  const { create } = await import('webgpu');
  leastInstance ??= create([]);
  const adapter = await leastInstance.requestAdapter();
  if (!adapter) throw new Error('the adapter of the other tests is gone');
  const least = withOthers(adapter, { limits: LEAST_LIMITS, features: new Set() });
  return new WebGpuMachine(await Gpu.open(least, readShaderFile), undefined, 0);
}

export async function testGpu(): Promise<Gpu> {
  return (await testMachine()).gpu;
}

/** Throws what the adapter refused since this was called last. */
export async function checkTestMachine(): Promise<void> {
  if (!opened) return;
  const { gpu } = await opened;
  await gpu.device.queue.onSubmittedWorkDone();
  try {
    gpu.check();
  } catch (error) {
    // Its device reports the first error again and again: the next test gets another.
    (await opened).destroy();
    opened = undefined;
    throw error;
  }
}
