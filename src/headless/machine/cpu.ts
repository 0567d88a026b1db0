import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { chooseBuild } from '../../engine/machines/cpu/choose.js';
import { CpuMachine } from '../../engine/machines/cpu/machine.js';
import type { Answer, StartMember } from '../../engine/machines/cpu/messages.js';
import { supports, type Build } from '../../engine/machines/cpu/module.js';
import { buildKernels } from './kernels.js';

const startThread: StartMember = (onAnswer) => {
  const thread = new Worker(new URL('./cpu-thread.mjs', import.meta.url));
  thread.on('message', (answer: Answer) => onAnswer(answer));
  thread.on('error', (error) => onAnswer({ kind: 'failed', message: error.message }));
  return {
    post: (order, transfer) => thread.postMessage(order, [...transfer]),
    stop: () => void thread.terminate(),
  };
};

/**
 * This computer's processors, with the faster of the kernels' builds.
 * @param threads as many as run at once by default; the bits of every result are the same for any number.
 * @param onFewer is told, in a sentence, where memory leaves fewer of them.
 * @param only takes this build instead, for measurements of either; the machine says which it has.
 */
export async function openCpu(
  threads = availableParallelism(),
  only?: Build,
  onFewer?: (sentence: string) => void,
): Promise<CpuMachine> {
  // Node 20 has relaxed SIMD behind a flag, which counts where it is set before the first compilation.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const files = await buildKernels();
  const compile = async (file: string): Promise<WebAssembly.Module> => WebAssembly.compile(await readFile(file));
  const { build, module, gflops } = chooseBuild(
    {
      'cpu-simd': await compile(files['cpu-simd']),
      'cpu-relaxed': supports('cpu-relaxed') ? await compile(files['cpu-relaxed']) : undefined,
    },
    only,
  );
  const description = cpus()[0]?.model ?? '';
  const memory = memoryForThreads();
  return new CpuMachine({ build, module, gflops, start: startThread, threads, description, memory, onFewer });
}

/** Three quarters of this computer's memory, or of what this process may have of it: the rest is for all else. */
function memoryForThreads(): number {
  const limit = process.constrainedMemory();
  return 0.75 * Math.min(totalmem(), limit > 0 ? limit : Infinity);
}
