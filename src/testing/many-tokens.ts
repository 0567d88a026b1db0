/** A network of as many tokens as DINOv2 has at 518 pixels with registers, small in all else, against the float64 reference. */
import { createNetwork } from '../engine/model/network.js';
import type { Machine } from '../engine/plan/machine.js';
import { forward } from '../engine/reference/model.js';
import { toWeights } from '../engine/reference/weights.js';
import { initialTokens } from '../vit/architecture.js';
import { adaptedModel } from './adapted-model.js';
import { Fixtures } from './fixtures.js';
import { smallModel } from './small-model.js';

const [GRID, PATCH, CHANNELS, CLASSES] = [37, 2, 16, 3];
const SIDE = GRID * PATCH;
const SCHEDULE = [500, 300];

export interface ManyTokens {
  readonly tokens: number;
  readonly found: { readonly logits: Float32Array; readonly left: readonly number[] };
  readonly expected: { readonly logits: Float64Array; readonly left: readonly number[] };
  /** Whether a training step's loss is a number. */
  readonly trains: boolean;
}

/** Merges a picture's tokens under PYRA, once on the machine and once in the reference, and trains one step on the machine. */
export async function manyTokens(machine: Machine): Promise<ManyTokens> {
  const weights = smallModel({
    ...{ seed: 23, channels: CHANNELS, hidden: 32, patch: PATCH, grid: GRID, classes: CLASSES, distilled: false, registers: 4 },
    ...{ rank: 2, adapterWidth: 3, r: SCHEDULE },
  });
  const configuration = { method: 'pyra', seed: 1, dropout: 0, dropPath: 0 } as const;
  const { metadata, backbone, trained } = adaptedModel({
    ...{ weights, side: SIDE, patch: PATCH, heads: 1, classes: CLASSES, configuration, schedule: SCHEDULE },
  });
  const { architecture } = metadata;
  const { imageSize, method, loraRank, adapterWidth, proportionalAttention, dropout, dropPath, seed } = metadata.configuration;
  const network = await createNetwork(machine, architecture, backbone, {
    ...{ imageSize, method, loraRank, adapterWidth, proportionalAttention, dropout, dropPath, seed },
    ...{ schedule: SCHEDULE, classes: CLASSES },
  });
  network.writeTrained(trained);
  const pixels = Uint8Array.from(new Fixtures(29).integers(SIDE * SIDE * 4, 0, 255));
  const tracer = await network.tracer();
  const { logits, blocks } = await tracer.trace(pixels);
  tracer.destroy();
  const trainer = await network.trainer(1);
  const rates = { learningRate: 1e-3, pyraLearningRate: 1e-3, weightDecay: 0 };
  const { loss } = await trainer.step({ pixels, labels: Uint32Array.of(1), count: 1 }, { ...rates, number: 0 });
  trainer.destroy();
  network.destroy();

  const all = new Map(trained);
  for (const name of backbone.names()) all.set(name, await backbone.read(name));
  const { heads, layerNormEpsilon, mean, std } = architecture;
  const planes = Float64Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const channel = Math.floor(i / (SIDE * SIDE));
    return ((pixels[(i % (SIDE * SIDE)) * 4 + channel] ?? NaN) / 255 - (mean[channel] ?? NaN)) / (std[channel] ?? NaN);
  });
  const config = { heads, layerNormEpsilon, method, proportionalAttention, seed, r: SCHEDULE, loss: 'prediction' } as const;
  const expected = forward(toWeights(all), config, planes, 1);
  return {
    tokens: initialTokens(architecture, SIDE),
    found: { logits, left: blocks.map(({ tokens }) => tokens) },
    expected: { logits: expected.logits, left: expected.blocks.map(({ after }) => after.tokens) },
    trains: Number.isFinite(loss),
  };
}
