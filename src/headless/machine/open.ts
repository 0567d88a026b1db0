import type { Machine } from '../../engine/plan/machine.js';
import { CPU_BUILDS } from '../../protocol/machines.js';
import { PlaygroundError } from '../../vit/errors.js';
import { openCpu } from './cpu.js';
import { hasHardware, openDawn } from './dawn.js';
import { diskTunerMemory } from './tuner-memory.js';
import { findDrivers, tooOld } from './vulkan.js';

/**
 * The machine that `PYRA_ADAPTER` names: `auto` takes a graphics card and, where there is none, the processors, which are faster than
 * software that plays a card; `cpu` the processors, on `PYRA_THREADS` threads where that is set, `cpu-simd` and `cpu-relaxed` with that
 * build of the kernels; `llvmpipe` and `swiftshader` such
 * software. Rejects with `gpu.unavailable` where what is named is not there, with `option.invalid` where it is nothing that there is.
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
  // There is a card, and its driver may be what stands in the way.
  const old = process.platform === 'linux' ? tooOld(findDrivers()) : null;
  if (old !== null) note(`${old} for its graphics card: the processors compute instead`);
  return openCpu(threads, undefined, note);
}

function readThreads(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new PlaygroundError('option.invalid', `PYRA_THREADS is '${text}', but is a whole number from 1 to 256`, {
    subject: 'PYRA_THREADS',
  });
}
