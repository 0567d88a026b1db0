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
 * The machine that runs on this computer's CPU, with the faster build of the kernels.
 * @param threads by default as many as the CPU runs at once. The results have the same bits for any number.
 * @param onFewer is called with a sentence where memory allows only fewer threads.
 * @param only takes this build, for measurements of either one; the machine's name says which it is.
 */
export async function openCpu(
  threads = availableParallelism(),
  only?: Build,
  onFewer?: (sentence: string) => void,
): Promise<CpuMachine> {
  // Node 20 has relaxed SIMD behind a flag, which must be set before the first compilation.
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

/** Three quarters of the memory of this computer, or of what this process may use; the rest is left for everything else. */
function memoryForThreads(): number {
  const limit = process.constrainedMemory();
  return 0.75 * Math.min(totalmem(), limit > 0 ? limit : Infinity);
}
