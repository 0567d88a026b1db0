import { createNetwork } from '../engine/model/network.js';
import { readGoldenFile } from '../formats/golden.js';
import { verifyGolden } from '../engine/training/verify.js';
import { openDawn } from './machine/dawn.js';
import type { Engine } from './machine/host.js';
import { diskTunerMemory } from './machine/tuner-memory.js';

/** The engine on the adapter that Dawn finds. */
export async function openEngine(): Promise<Engine> {
  const machine = await openDawn(diskTunerMemory(), (sentence) => process.stderr.write(`${sentence}\n`));
  return {
    adapter: machine.adapter,
    createNetwork: (architecture, backbone, options, onProgress) =>
      createNetwork(machine, architecture, backbone, options, onProgress),
    verify: async (file) => verifyGolden(machine, await readGoldenFile(file)),
    close: () => machine.destroy(),
  };
}
