import { createState } from '../../engine/model/network.js';
import { scratchArchitecture } from '../../engine/model/scratch.js';
import { stepValues, trainingProgram } from '../../engine/model/trainer.js';
import type { NetworkOptions } from '../../engine/model/types.js';
import type { Machine } from '../../engine/plan/machine.js';
import { smallModel } from '../small-model.js';

/** A network whose batch of 20 pictures takes several groups. */
const CHANNELS = 64;
export const SIDE = 32;
export const BATCH = 20;
export const CLASSES = 5;
export const options: NetworkOptions = {
  imageSize: SIDE,
  classes: CLASSES,
  method: 'pyra',
  schedule: [12, 5],
  loraRank: 4,
  adapterWidth: 3,
  dropout: 0.1,
  dropPath: 0.2,
  proportionalAttention: true,
  seed: 7,
};
export const pixels = new Uint8Array(BATCH * SIDE * SIDE * 4).map((_, i) => (i * 73 + (i >> 8)) % 251);
export const labels = Uint32Array.from({ length: BATCH }, (_, i) => i % CLASSES);

/** Few tokens of many channels: the weights are larger than the activations of one picture. */
export const WIDE = { channels: 128, patch: 8 };
const NARROW = { channels: CHANNELS, patch: 4 };

export function stateOn(machine: Machine, changed: Partial<NetworkOptions> = {}, { channels, patch } = NARROW) {
  const architecture = scratchArchitecture({ channels, blocks: 2, heads: 4, patch, side: SIDE });
  const model = smallModel({
    ...{ seed: 3, channels, hidden: 4 * channels, patch, grid: SIDE / patch, classes: CLASSES, distilled: false },
    ...{ rank: 0, adapterWidth: 0, r: [0, 0] },
  });
  const reader = {
    shape: (name: string) => model.get(name)?.shape,
    read: async (name: string) => {
      const tensor = model.get(name);
      if (!tensor) throw new Error(`there is no ${name}`);
      return { shape: tensor.shape, data: Float32Array.from(tensor.data) };
    },
  };
  return createState(machine, architecture, reader, { ...options, ...changed });
}

export const rates = { learningRate: 1e-2, pyraLearningRate: 1e-2, weightDecay: 0.1 };

export async function trained(machine: Machine, steps: number, changed: Partial<NetworkOptions> = {}, sizes = NARROW) {
  const state = await stateOn(machine, changed, sizes);
  const plan = await machine.compile(trainingProgram(state, BATCH));
  const losses: number[] = [];
  for (let number = 0; number < steps; number++) {
    // The last batch is not full.
    const step = stepValues(options.seed, number === steps - 1 ? 13 : BATCH, { number, ...rates });
    const [result] = await plan.run({ step, inputs: { pixels, labels }, read: [state.trained.result] });
    losses.push(...new Float32Array(result ?? new ArrayBuffer(0)));
  }
  const [weights, gradients] = [await state.trained.readValues(), await state.trained.readGradients()];
  return { losses, weights, gradients };
}
