import { describe, expect, it } from 'vitest';
import { Fixtures } from '../../testing/fixtures.js';
import { expectGradient } from '../../testing/numbers/gradcheck.js';
import { smallModel } from '../../testing/small-model.js';
import { METHODS, modulates, reduces } from '../../vit/methods/index.js';
import type { BlockMasks } from './block.js';
import { forward, lossAndGradients, type ModelConfig } from './model.js';
import type { MergeMethod } from './merging/reducers.js';
import { isTrained, type Tensor } from './weights.js';

const [CHANNELS, HEADS, RANK, WIDTH, CLASSES, PATCH, SIDE, BATCH] = [6, 2, 2, 3, 3, 2, 6, 2];

const small = (r: readonly number[], distilled: boolean, grid = 2): Map<string, Tensor> =>
  smallModel({
    seed: 11,
    channels: CHANNELS,
    hidden: 8,
    patch: PATCH,
    grid,
    classes: CLASSES,
    distilled,
    rank: RANK,
    adapterWidth: WIDTH,
    r,
  });

function masksFor(tokens: number, r: readonly number[]): BlockMasks[] {
  const random = new Fixtures(12);
  let now = tokens;
  return r.map((pairs) => {
    const before = now;
    now -= pairs;
    return {
      lora: random.mask(BATCH * before * CHANNELS, 0.3),
      adapter: random.mask(BATCH * now * WIDTH, 0.3),
      attentionPath: Float64Array.of(0, 1.25),
      mlpPath: Float64Array.of(1.25, 1.25),
    };
  });
}

describe('the whole model', () => {
  it.each<{ method: MergeMethod; distilled: boolean; loss: ModelConfig['loss']; dropped: boolean }>([
    ...METHODS.flatMap((method) => [
      { method, distilled: false, loss: 'prediction' as const, dropped: true },
      { method, distilled: true, loss: 'prediction' as const, dropped: false },
    ]),
    { method: 'pyra-channels', distilled: true, loss: 'class-head', dropped: true },
  ])('gradients agree with finite differences, on another grid: %o', ({ method, distilled, loss, dropped }) => {
    const r = [3, 2, 0];
    const weights = small(r, distilled);
    const config: ModelConfig = { heads: HEADS, method, r, proportionalAttention: true, layerNormEpsilon: 1e-6, loss };
    const labels = [2, 0];
    const tokens = (distilled ? 2 : 1) + (SIDE / PATCH) ** 2;
    const masks = dropped ? masksFor(tokens, reduces(method) ? r : [0, 0, 0]) : [];
    // Finite differences move weights by 1e-5, which could change the pairs where scores nearly tie. The first pictures without near ties
    // are used.
    const drawn = Array.from({ length: 20 }, (_, seed) => new Fixtures(13 + seed).normal(BATCH * 3 * SIDE * SIDE));
    const images = drawn.find((some) =>
      forward(weights, config, some, BATCH, masks).blocks.every(
        ({ merge }) => merge?.match.gap.every((gap) => gap > 2e-4) ?? true,
      ),
    );
    if (!images) throw new Error('no pictures stay away from a tie');
    const state = forward(weights, config, images, BATCH, masks);
    const { gradients } = lossAndGradients(weights, config, state, labels);
    const f = (): number => lossAndGradients(weights, config, forward(weights, config, images, BATCH, masks), labels).loss;
    const moving = [...weights.keys()].filter(
      (name) =>
        isTrained(name) &&
        (modulates(method) || !name.includes('pyra')) &&
        (loss === 'prediction' || !name.startsWith('head_dist')),
    );
    expect([...gradients.keys()].sort()).toEqual(moving.sort());
    for (const name of moving) {
      const { data } = weights.get(name)!;
      const only = data.length > 12 ? [0, 5, 11, data.length - 1] : undefined;
      expectGradient(name, f, data, gradients.get(name)!, only ? { only } : {});
    }
  });

  it.each<MergeMethod>(['none', 'tome', 'pyra'])(
    'with %s every weight of the backbone agrees with finite differences',
    (method) => {
      const r = [2, 1];
      const weights = small(r, false, SIDE / PATCH);
      const common = {
        heads: HEADS,
        method,
        r,
        proportionalAttention: true,
        layerNormEpsilon: 1e-6,
        loss: 'prediction',
      } as const;
      const config: ModelConfig = { ...common, trainsBackbone: true };
      const labels = [2, 0];
      const masks = masksFor(1 + (SIDE / PATCH) ** 2, reduces(method) ? r : [0, 0]);
      const drawn = Array.from({ length: 20 }, (_, seed) => new Fixtures(17 + seed).normal(BATCH * 3 * SIDE * SIDE));
      const images = drawn.find((some) =>
        forward(weights, config, some, BATCH, masks).blocks.every(
          ({ merge }) => merge?.match.gap.every((gap) => gap > 2e-4) ?? true,
        ),
      );
      if (!images) throw new Error('no pictures stay away from a tie');
      const f = (): number => lossAndGradients(weights, config, forward(weights, config, images, BATCH, masks), labels).loss;
      const { gradients } = lossAndGradients(weights, config, forward(weights, config, images, BATCH, masks), labels);
      const moving = [...weights.keys()].filter((name) => modulates(method) || !name.includes('pyra'));
      expect([...gradients.keys()].sort()).toEqual(moving.sort());
      for (const name of moving) {
        const { data } = weights.get(name)!;
        const only = data.length > 6 ? [0, 5, data.length - 1] : undefined;
        expectGradient(name, f, data, gradients.get(name)!, only ? { only } : {});
      }
    },
  );

  it('names the weight that is missing', () => {
    const weights = small([0], false);
    weights.delete('blocks.0.attn.proj.bias');
    const config = {
      heads: HEADS,
      method: 'none',
      r: [0],
      proportionalAttention: true,
      layerNormEpsilon: 1e-6,
      loss: 'prediction',
    } as const;
    expect(() => forward(weights, config, new Float64Array(3 * SIDE * SIDE), 1)).toThrow(
      'reference model: the weight blocks.0.attn.proj.bias is missing',
    );
  });
});
