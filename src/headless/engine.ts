import { Autotuner } from '../engine/gpu/autotuner.js';
import { createNetwork } from '../engine/model/network.js';
import { readGoldenFile } from '../formats/golden.js';
import { verifyGolden } from '../engine/training/verify.js';
import { openDawn } from './machine/dawn.js';
import type { Engine } from './machine/host.js';
import { diskTunerMemory } from './machine/tuner-memory.js';

/** The engine on the adapter that Dawn finds. */
export async function openEngine(): Promise<Engine> {
  const gpu = await openDawn((sentence) => process.stderr.write(`${sentence}\n`));
  const tuner = new Autotuner(gpu, diskTunerMemory());
  return {
    adapter: gpu.adapter,
    createNetwork: (architecture, backbone, options, onProgress) =>
      createNetwork(gpu, architecture, backbone, options, { tuner, ...(onProgress ? { onProgress } : {}) }),
    verify: async (file) => verifyGolden(gpu, await readGoldenFile(file), tuner),
    close: () => gpu.destroy(),
  };
}
