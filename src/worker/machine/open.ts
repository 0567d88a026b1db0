import { describeAdapter } from '../../engine/machines/webgpu/device.js';
import { WebGpuMachine } from '../../engine/machines/webgpu/machine.js';
import type { Machine } from '../../engine/plan/machine.js';
import type { FileStore } from '../kept/private-files.js';
import { requestAdapter } from './adapter.js';
import { openCpu } from './cpu.js';
import { readShader } from './shaders.js';
import { openTunerMemory } from './tuner-memory.js';

/** What the page's address may ask for; anything else leaves the choice to {@link openMachine}. */
export type MachineChoice = 'gpu' | 'cpu' | 'auto';

export function readMachineChoice(text: string): MachineChoice {
  return text === 'gpu' || text === 'cpu' ? text : 'auto';
}

/**
 * A graphics card where there is one, else the processors, which are faster than software that plays a card; or what is asked for.
 * Rejects with `gpu.unavailable` where a card is asked for and there is none, not even one that software plays.
 */
export async function openMachine(choice: MachineChoice, files: FileStore): Promise<Machine> {
  if (choice === 'cpu') return openCpu();
  if (choice === 'auto') {
    const adapter = await requestAdapter().catch(() => null);
    return adapter && describeAdapter(adapter).hardware ? openGpu(adapter, files) : openCpu();
  }
  return openGpu(await requestAdapter(), files);
}

async function openGpu(adapter: GPUAdapter, files: FileStore): Promise<Machine> {
  return WebGpuMachine.open(adapter, readShader, await openTunerMemory(files));
}
