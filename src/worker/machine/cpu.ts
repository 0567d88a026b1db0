import relaxed from '../../../.cache/kernels/cpu-relaxed.wasm?url';
import simd from '../../../.cache/kernels/cpu-simd.wasm?url';
import { chooseBuild } from '../../engine/machines/cpu/choose.js';
import { CpuMachine } from '../../engine/machines/cpu/machine.js';
import type { StartMember } from '../../engine/machines/cpu/messages.js';
import { supports, type Build } from '../../engine/machines/cpu/module.js';
import { PlaygroundError } from '../../vit/errors.js';

/**
 * Opens the processors as a machine, with the faster build of the kernels that runs here. Rejects with `gpu.unavailable` where
 * WebAssembly has no SIMD.
 *
 * @param start starts one of its threads.
 * @param onFewer is called if memory does not suffice for all threads.
 * @param only takes this build instead, for measuring either; the machine says which it has.
 */
export async function openCpu(
  start: StartMember,
  threads = navigator.hardwareConcurrency,
  only?: Build,
  onFewer?: () => void,
): Promise<CpuMachine> {
  if (!supports('cpu-simd')) {
    throw new PlaygroundError(
      'gpu.unavailable',
      'This browser has neither a graphics card for WebGPU nor SIMD in WebAssembly: use a present Chrome, Edge, Firefox or Safari.',
    );
  }
  // Not `compileStreaming`, which wants a media type that the simplest of hosts do not send.
  const compile = async (url: string): Promise<WebAssembly.Module> => WebAssembly.compile(await (await fetch(url)).arrayBuffer());
  const { build, module, gflops } = chooseBuild(
    {
      'cpu-simd': await compile(simd),
      'cpu-relaxed': supports('cpu-relaxed') ? await compile(relaxed) : undefined,
    },
    only,
  );
  const memory = memoryForThreads();
  return new CpuMachine({ build, module, gflops, start, threads, description: '', memory, onFewer });
}

/** Bytes for the threads: three quarters of the GiB that the browser reports, which it caps; undefined where it reports none. */
function memoryForThreads(): number | undefined {
  const said: unknown = Reflect.get(navigator, 'deviceMemory');
  return typeof said === 'number' ? 0.75 * said * 2 ** 30 : undefined;
}
