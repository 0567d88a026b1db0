/** A network with as many tokens as DINOv2 has at 518 pixels with registers, and small otherwise. */
import { createNetwork } from '../engine/model/network.js';
import type { Network } from '../engine/model/types.js';
import type { Machine } from '../engine/plan/machine.js';
import { forward } from '../engine/reference/model.js';
import { toWeights } from '../engine/reference/weights.js';
import type { AdaptedModel } from '../formats/types.js';
import { initialTokens } from '../vit/architecture.js';
import type { Method } from '../vit/methods/index.js';
import { adaptedModel } from './adapted-model.js';
import { Fixtures } from './fixtures.js';
import { smallModel } from './small-model.js';

const [GRID, PATCH, CHANNELS, CLASSES] = [37, 2, 16, 3];
const SIDE = GRID * PATCH;
const MERGED = [500, 300];
const pixels = Uint8Array.from(new Fixtures(29).integers(SIDE * SIDE * 4, 0, 255));

export interface ManyTokens {
  readonly tokens: number;
  /** Without merging, so that no choice of pairs depends on scores that float32 cannot distinguish. */
  readonly logits: Float32Array;
  readonly expected: Float64Array;
  /** Tokens after each block that merges. */
  readonly left: readonly number[];
  /** The loss of a training step with merging. */
  readonly loss: number;
}

function modelOf(method: Method, schedule: readonly number[]): AdaptedModel {
  const weights = smallModel({
    ...{ seed: 23, channels: CHANNELS, hidden: 32, patch: PATCH, grid: GRID, classes: CLASSES, distilled: false, registers: 4 },
    ...{ rank: 2, adapterWidth: 3, r: schedule },
  });
  const configuration = { method, seed: 1, dropout: 0, dropPath: 0 } as const;
  return adaptedModel({ weights, side: SIDE, patch: PATCH, heads: 1, classes: CLASSES, configuration, schedule });
}

async function networkOf(machine: Machine, { metadata, backbone, trained }: AdaptedModel): Promise<Network> {
  const { configuration, architecture, schedule, classes } = metadata;
  const { imageSize, method, loraRank, adapterWidth, proportionalAttention, dropout, dropPath, seed } = configuration;
  const network = await createNetwork(machine, architecture, backbone, {
    ...{ imageSize, method, loraRank, adapterWidth, proportionalAttention, dropout, dropPath, seed },
    ...{ schedule, classes: classes.length },
  });
  network.writeTrained(trained);
  return network;
}

async function expectedOf({ metadata, backbone, trained }: AdaptedModel): Promise<Float64Array> {
  const all = new Map(trained);
  for (const name of backbone.names()) all.set(name, await backbone.read(name));
  const { heads, layerNormEpsilon, mean, std } = metadata.architecture;
  const planes = Float64Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const channel = Math.floor(i / (SIDE * SIDE));
    return ((pixels[(i % (SIDE * SIDE)) * 4 + channel] ?? NaN) / 255 - (mean[channel] ?? NaN)) / (std[channel] ?? NaN);
  });
  const config = { heads, layerNormEpsilon, method: 'none', proportionalAttention: true, r: [0, 0], loss: 'prediction' } as const;
  return forward(toWeights(all), config, planes, 1).logits;
}

export async function manyTokens(machine: Machine): Promise<ManyTokens> {
  const plain = modelOf('none', [0, 0]);
  const whole = await networkOf(machine, plain);
  const evaluator = await whole.evaluator(1);
  const logits = await evaluator.logits({ pixels, count: 1 });
  evaluator.destroy();
  whole.destroy();

  const merging = await networkOf(machine, modelOf('pyra', MERGED));
  const tracer = await merging.tracer();
  const { blocks } = await tracer.trace(pixels);
  tracer.destroy();
  const trainer = await merging.trainer(1);
  const rates = { learningRate: 1e-3, pyraLearningRate: 1e-3, weightDecay: 0 };
  const { loss } = await trainer.step({ pixels, labels: Uint32Array.of(1), count: 1 }, { ...rates, number: 0 });
  trainer.destroy();
  merging.destroy();
  return {
    tokens: initialTokens(plain.metadata.architecture, SIDE),
    logits,
    expected: await expectedOf(plain),
    left: blocks.map(({ tokens }) => tokens),
    loss,
  };
}
