import { describeAdapter } from '../../engine/machines/webgpu/device.js';
import { WebGpuMachine } from '../../engine/machines/webgpu/machine.js';
import type { Machine } from '../../engine/plan/machine.js';
import { measureProducts } from '../../engine/training/speed.js';
import type { AdapterDescription } from '../../protocol/runs/run.js';
import type { MachineChoice, MachineOffer } from '../../protocol/machines.js';
import { toErrorRecord } from '../../vit/errors.js';
import type { FileStore } from '../kept/private-files.js';
import { requestAdapter } from './adapter.js';
import { openCpu } from './cpu.js';
import { readShader } from './shaders.js';
import { threadsOfPage } from './threads.js';
import { openTunerMemory } from './tuner-memory.js';

/**
 * Opens the kind of machine that is asked for; by default a graphics card where there is one, else the processors, which are faster
 * than software that plays a card. `onFewer` is called where memory does not suffice for all threads. Rejects with `gpu.unavailable`
 * where a card is asked for and there is none, not even in software.
 */
export async function openMachine(
  { kind, threads, build }: MachineChoice,
  files: FileStore,
  onFewer: () => void = () => undefined,
): Promise<Machine> {
  if (kind === 'cpu') return openCpu(threadsOfPage, threads ?? undefined, build, onFewer);
  if (kind === 'auto') {
    const adapter = await requestAdapter().catch(() => null);
    return adapter && describeAdapter(adapter).kind === 'gpu'
      ? openGpu(adapter, files)
      : openCpu(threadsOfPage, undefined, undefined, onFewer);
  }
  return openGpu(await requestAdapter(), files);
}

async function openGpu(adapter: GPUAdapter, files: FileStore): Promise<Machine> {
  return WebGpuMachine.open(adapter, readShader, await openTunerMemory(files));
}

/** How to open the kinds of machine that are not in use. */
export function otherMachines({ kind: used }: AdapterDescription, files: FileStore): (() => Promise<Machine>)[] {
  const others = (['gpu', 'cpu'] as const).filter((kind) => (kind === 'cpu') !== (used === 'cpu'));
  return others.map((kind) => () => openMachine({ kind, threads: null }, files));
}

/** Both kinds of machine, measured: the one in use, and the other, opened just for this. */
export async function offerMachines(inUse: Machine, files: FileStore): Promise<MachineOffer[]> {
  const offers: MachineOffer[] = [];
  for (const kind of ['gpu', 'cpu'] as const) {
    const used = (inUse.adapter.kind === 'cpu') === (kind === 'cpu');
    try {
      const machine = used ? inUse : await openMachine({ kind, threads: null }, files);
      try {
        offers.push({ kind, adapter: machine.adapter, gflops: await measureProducts(machine) });
      } finally {
        if (!used) machine.destroy();
      }
    } catch (thrown) {
      offers.push({ kind, problem: toErrorRecord(thrown).message });
    }
  }
  return offers;
}
