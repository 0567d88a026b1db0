import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { parseAdapted, writeAdapted } from '../../formats/adapted/adapted.js';
import { byteSourceFromBytes } from '../../containers/safetensors/safetensors.js';
import { loadWeights } from '../../formats/backbones/weights.js';
import { exportModel } from '../../formats/exports/index.js';
import { exportOnnx } from '../../formats/onnx/export.js';
import type { AdaptedModel } from '../../formats/types.js';
import { PlaygroundError } from '../../vit/errors.js';
import { adaptedModel } from '../../testing/adapted-model.js';
import { testCpu } from '../../testing/machines/cpu.js';
import { Fixtures } from '../../testing/fixtures.js';
import { closeness } from '../../testing/numbers/closeness.js';
import { smallModel } from '../../testing/small-model.js';
import { createNetwork } from './network.js';
import type { Network, NetworkOptions } from './types.js';

const [SIDE, PATCH, GRID, HEADS, CLASSES, BATCH] = [24, 4, 6, 2, 3, 3] as const;
const SCHEDULE = [6, 0, 4];

function modelOf(distilled = false): AdaptedModel {
  const sizes = { channels: 32, hidden: 48, patch: PATCH, classes: CLASSES };
  const weights = smallModel({ seed: 3, grid: GRID, ...sizes, distilled, rank: 0, adapterWidth: 0, r: SCHEDULE });
  const configuration = { method: 'pyra', peft: 'full', seed: 9, dropPath: 0.3 } as const;
  return adaptedModel({ weights, side: SIDE, patch: PATCH, heads: HEADS, classes: CLASSES, configuration, schedule: SCHEDULE });
}

async function networkOf({ metadata, backbone }: AdaptedModel, changed: Partial<NetworkOptions> = {}): Promise<Network> {
  const { configuration, architecture, classes, schedule } = metadata;
  const { imageSize, method, proportionalAttention, dropout, dropPath, seed } = configuration;
  const options = { imageSize, method, proportionalAttention, dropout, dropPath, seed, schedule, classes: classes.length };
  const whole = { ...options, loraRank: 0, adapterWidth: 0, trainsBackbone: true, ...changed };
  return createNetwork(await testCpu('cpu-simd', 2), architecture, backbone, whole);
}

const random = new Fixtures(5);
const pixels = Uint8Array.from(random.integers(BATCH * SIDE * SIDE * 4, 0, 255));

async function trainedBy(network: Network, from: number, to: number): Promise<void> {
  const trainer = await network.trainer(BATCH);
  const rates = { learningRate: 0.01, pyraLearningRate: 0.01, weightDecay: 0.01 };
  for (let number = from; number < to; number++) {
    const { finite } = await trainer.step({ pixels, labels: Uint32Array.of(0, 1, 2), count: BATCH }, { ...rates, number });
    expect(finite).toBe(true);
  }
  trainer.destroy();
}

describe('full training with PYRA and stochastic depth', () => {
  it('changes every weight, with the same bytes when repeated, recomputed or continued', async () => {
    const model = modelOf();
    const runs: Map<string, unknown>[] = [];
    for (const recompute of [false, false, true]) {
      const network = await networkOf(model, { recompute });
      await trainedBy(network, 0, 3);
      runs.push(await network.readTrained());
      expect(network.trainedParameters).toBe(network.totalParameters);
      network.destroy();
    }
    const [first, ...others] = runs;
    for (const other of others) expect(other).toEqual(first);
    for (const [name, tensor] of first ?? []) expect(tensor, name).not.toEqual(model.trained.get(name));

    const before = await networkOf(model);
    await trainedBy(before, 0, 2);
    const [weights, moments] = [await before.readTrained(), await before.readOptimizer()];
    before.destroy();
    const after = await networkOf(model);
    after.writeTrained(weights);
    after.writeOptimizer(moments);
    await trainedBy(after, 2, 3);
    expect(await after.readTrained()).toEqual(first);
    after.destroy();
  });

  it('is read back unchanged, and is the same network as ONNX and as a plain backbone of timm', async () => {
    const model = modelOf();
    const network = await networkOf(model);
    await trainedBy(network, 0, 3);
    const made = { ...model, trained: await network.readTrained() };
    const evaluator = await network.evaluator(BATCH);
    const logits = await evaluator.logits({ pixels, count: BATCH });
    evaluator.destroy();
    network.destroy();

    const bytes = writeAdapted(made.metadata, made.trained);
    const { trained } = await parseAdapted(byteSourceFromBytes('adapted.safetensors', bytes));
    expect([...trained].sort()).toEqual([...made.trained].sort());

    const session = await InferenceSession.create(await exportOnnx(made));
    const pictures = Float32Array.from({ length: BATCH * 3 * SIDE * SIDE }, (_, i) => {
      const [image, channel] = [Math.floor(i / (3 * SIDE * SIDE)), Math.floor(i / (SIDE * SIDE)) % 3];
      return ((pixels[4 * (image * SIDE * SIDE + (i % (SIDE * SIDE))) + channel] ?? 0) / 255 - 0.5) / 0.5;
    });
    const found = await session.run({ pixel_values: new Tensor('float32', pictures, [BATCH, 3, SIDE, SIDE]) });
    // The two float32 networks take sums in different orders.
    expect(closeness(logits, Float32Array.from(found['logits']!.data, Number)).error).toBeLessThan(1e-4);

    const files = await exportModel(made, 'timm', { oneFile: true });
    const opened = await loadWeights(files.map(({ name, bytes: file }) => byteSourceFromBytes(name, file)));
    for (const name of model.backbone.names()) {
      expect((await opened.reader.read(name)).data, name).toEqual(made.trained.get(name)?.data);
    }
  });

  it('refuses a backbone with a distillation token, and says what can be trained instead', async () => {
    const thrown: unknown = await networkOf(modelOf(true)).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(PlaygroundError);
    expect(thrown).toMatchObject({ code: 'weights.unsupported-architecture', message: expect.stringContaining('train LoRA') });
  });
});
