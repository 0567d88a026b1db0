import { estimateTraining } from '../engine/model/estimate.js';
import { createNetwork } from '../engine/model/network.js';
import { readGoldenFile } from '../formats/golden.js';
import { verifyGolden } from '../engine/training/verify.js';
import type { Engine } from './machine/host.js';
import { openMachine } from './machine/open.js';

/** Opens the engine on a graphics card where there is one, else on the CPU; see {@link openMachine}. */
export async function openEngine(): Promise<Engine> {
  const machine = await openMachine();
  return {
    adapter: machine.adapter,
    createNetwork: (architecture, backbone, options, onProgress) =>
      createNetwork(machine, architecture, backbone, options, onProgress),
    trainingBytes: (architecture, options, batch) => estimateTraining(machine, architecture, options, batch, batch).bytes,
    verify: async (file) => verifyGolden(machine, await readGoldenFile(file)),
    close: () => machine.destroy(),
  };
}
