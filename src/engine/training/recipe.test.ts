import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE, withEpochs } from '../../vit/configuration.js';
import { learningRateAt, ratesAt } from './recipe.js';

// Printed by timm 1.0.29: CosineLRScheduler(optimizer, t_initial=100, lr_min=1e-5, warmup_lr_init=1e-6, warmup_t=10)._get_lr(t)
// for two parameter groups of rates 1e-3 and 3e-4.
const TIMM_100: readonly [number, number, number][] = [
  [0, 1e-6, 1e-6],
  [1, 0.00010090000000000001, 3.089999999999999e-5],
  [5, 0.0005005000000000001, 0.00015049999999999997],
  [9, 0.0009001000000000001, 0.0002701],
  [10, 0.0009757729755661011, 0.00029290319486279724],
  [11, 0.0009707359806323416, 0.0002914277114983627],
  [50, 0.000505, 0.00015499999999999997],
  [75, 0.000154982143312659, 5.246951672795061e-5],
  [99, 1.0244252618962858e-5, 1.0071548746968918e-5],
  [100, 1e-5, 1e-5],
];
// The same with t_initial=20, warmup_t=2.
const TIMM_20: readonly [number, number][] = [
  [0, 1e-6],
  [1, 0.0005005000000000001],
  [2, 0.0009757729755661011],
  [3, 0.0009460482294732421],
  [10, 0.000505],
  [19, 1.609427140540686e-5],
];

describe('the recipe', () => {
  it.each(TIMM_100)('is what timm gives at epoch %d of 100', (epoch, common, own) => {
    const rates = ratesAt({ ...PAPER_RECIPE, pyraLearningRate: 3e-4 }, epoch * 25, 25);
    expect(rates.learningRate).toBeCloseTo(common, 15);
    expect(rates.pyraLearningRate).toBeCloseTo(own, 15);
    expect(rates).toMatchObject({ number: epoch * 25, weightDecay: 1e-4 });
  });

  it.each(TIMM_20)('is what timm gives at epoch %d of 20', (epoch, rate) => {
    expect(learningRateAt(withEpochs(PAPER_RECIPE, 20), epoch)).toBeCloseTo(rate, 15);
  });

  it('trains PYRA with the common rate unless it has its own', () => {
    const { learningRate, pyraLearningRate } = ratesAt(PAPER_RECIPE, 1234, 25);
    expect(pyraLearningRate).toBe(learningRate);
  });

  it('increases step by step in a warm-up shorter than an epoch', () => {
    const recipe = withEpochs(PAPER_RECIPE, 5);
    const rates = [0, 1, 2, 3].map((step) => ratesAt(recipe, step, 8).learningRate);
    // Half an epoch of 8 steps: 1e-6 + step / 4 * (1e-3 - 1e-6).
    [1e-6, 0.00025075, 0.0005005, 0.00075025].forEach((rate, step) => expect(rates[step]).toBeCloseTo(rate, 15));
  });

  it('is not raised to the minimum if the rate itself is lower', () => {
    const recipe = { ...PAPER_RECIPE, learningRate: 0 };
    for (const t of [0, 3, 10, 60, 100]) expect(learningRateAt(recipe, t)).toBe(0);
  });
});
