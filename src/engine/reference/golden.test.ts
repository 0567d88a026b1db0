import { describe, expect, it } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { GOLDEN_NAMES, readGolden, type Golden } from '../../testing/golden.js';
import { forward, lossAndGradients, train, type ModelConfig } from './model.js';
import { toWeights } from './weights.js';

/**
 * The files were computed in float64 and stored in float32, which rounds each number by a relative 2^-24 = 6e-8 at most. The authors' code
 * computed with the rounded weights and images, so only the rounding of the stored results remains.
 */
const STORED_FLOAT32 = 1e-7;

const configOf = (golden: Golden): ModelConfig => ({
  heads: golden.case.heads,
  method: golden.case.method,
  r: golden.case.r,
  proportionalAttention: golden.case.prop_attn,
  layerNormEpsilon: 1e-6,
  loss: 'prediction',
  trainsBackbone: golden.case.full,
});

describe.each(GOLDEN_NAMES)('%s: the float64 model agrees with the authors code', async (name) => {
  const golden = await readGolden(name);
  const weights = toWeights(golden.weights);
  const config = configOf(golden);
  const state = forward(weights, config, golden.images, golden.case.batch);
  const { loss, gradients } = lossAndGradients(weights, config, state, golden.labels);

  it('logits, loss and every block', () => {
    expect(state.blocks.length).toBe(golden.case.depth);
    expectClose('logits', state.logits, golden.expected('logits').data, STORED_FLOAT32);
    expectClose('loss', [loss], golden.expected('loss').data, STORED_FLOAT32);
    state.blocks.forEach((block, i) => {
      expectClose(`blocks.${i}.output`, block.after.x, golden.expected(`blocks.${i}.output`).data, STORED_FLOAT32);
    });
  });

  it('every merge', () => {
    golden.case.r.forEach((r, i) => {
      const block = state.blocks[i]!;
      if (r === 0) {
        expect(block.merge).toBeNull();
        return;
      }
      const merge = `blocks.${i}.merge`;
      expect([...block.merge!.match.src]).toEqual([...golden.expected(`${merge}.src`).data]);
      expect([...block.merge!.match.dst]).toEqual([...golden.expected(`${merge}.dst`).data]);
      expect([...block.after.size]).toEqual([...golden.expected(`${merge}.size`).data]);
      expect([...block.after.source]).toEqual([...golden.expected(`${merge}.source`).data]);
      expectClose(`${merge}.score`, block.merge!.match.score, golden.expected(`${merge}.score`).data, STORED_FLOAT32);
    });
  });

  it('every gradient', () => {
    expect([...gradients.keys()].sort()).toEqual([...golden.case.trainable].sort());
    for (const [weight, gradient] of gradients) {
      expectClose(`d ${weight}`, gradient, golden.expected(`grads.${weight}`).data, STORED_FLOAT32);
    }
  });

  it('AdamW steps', () => {
    const { steps, wd, pyra_lr, batches } = golden.case;
    const rates = golden.case.rates ?? Array.from({ length: steps }, () => 1e-3);
    const options = { rates, batches, pyraLearningRate: pyra_lr, weightDecay: wd };
    const trained = train(weights, config, golden.batches.images, golden.batches.labels, options);
    expectClose('losses', trained.losses, golden.expected('adamw.losses').data, STORED_FLOAT32);
    for (const weight of golden.case.trainable) {
      const after = trained.weights.get(weight)!.data;
      expectClose(weight, after, golden.expected(`adamw.${weight}`).data, STORED_FLOAT32);
    }
  });
});
