import type { Machine } from '../../engine/plan/machine.js';
import { CPU_BUILDS } from '../../protocol/machines.js';
import { PlaygroundError } from '../../vit/errors.js';
import { openCpu } from './cpu.js';
import { hasHardware, openDawn } from './dawn.js';
import { diskTunerMemory } from './tuner-memory.js';
import { findDrivers, tooOld } from './vulkan.js';

/**
 * Opens the machine that `PYRA_ADAPTER` names. `auto`: a graphics card, or the CPU where there is none, since the CPU kernels are faster
 * than software adapters. `cpu`: the CPU, on `PYRA_THREADS` threads if that is set. `cpu-simd`, `cpu-relaxed`: the CPU with that build of
 * the kernels. `llvmpipe`, `swiftshader`: those software adapters. Rejects with `gpu.unavailable` where the named one is missing, with
 * `option.invalid` for an unknown name.
 */
export async function openMachine(): Promise<Machine> {
  const asked = process.env['PYRA_ADAPTER'] || 'auto';
  const note = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  const threads = readThreads(process.env['PYRA_THREADS']);
  const build = CPU_BUILDS.find((name) => name === asked);
  if (build || asked === 'cpu' || (asked === 'auto' && !hasHardware())) return openCpu(threads, build, note);
  if (asked !== 'auto') return openDawn(diskTunerMemory(), note);
  try {
    const machine = await openDawn(diskTunerMemory());
    if (machine.adapter.kind === 'gpu') return machine;
    machine.destroy();
  } catch (thrown) {
    if (!(thrown instanceof PlaygroundError) || thrown.code !== 'gpu.unavailable') throw thrown;
  }
  // There may be a graphics card whose driver is too old.
  const old = process.platform === 'linux' ? tooOld(findDrivers()) : null;
  if (old !== null) note(`${old} for its graphics card: the processors compute instead`);
  return openCpu(threads, undefined, note);
}

function readThreads(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new PlaygroundError('option.invalid', `PYRA_THREADS is '${text}', expected a whole number from 1 to 256`, {
    subject: 'PYRA_THREADS',
  });
}
