import type { Configuration } from '../../vit/configuration.js';
import type { StepRates } from '../model/types.js';

type Recipe = Pick<
  Configuration,
  'learningRate' | 'warmupLearningRate' | 'minimumLearningRate' | 'warmupEpochs' | 'epochs' | 'pyraLearningRate' | 'weightDecay'
>;

/**
 * The common learning rate at time `t` in epochs: timm's `CosineLRScheduler` with `t_in_epochs`, `t_initial = epochs` and
 * `warmup_prefix = false`, as the released recipe makes it:
 *
 *     t < warmup:  warmupRate + t (rate - warmupRate) / warmup
 *     else:        minimum + (rate - minimum) (1 + cos(π t / epochs)) / 2
 *
 * so the cosine begins at t = 0 and the warm-up lies over its first part. timm asks for whole epochs only; here the same formula
 * is read at each step, t = step / steps per epoch, and agrees with timm's at the epochs' beginnings: a run of five epochs would
 * otherwise spend its first at the warm-up's rate. A rate that lies below the warm-up's or the minimum is not raised by them.
 */
export function learningRateAt(recipe: Recipe, t: number): number {
  const { learningRate, warmupEpochs, epochs } = recipe;
  if (t < warmupEpochs) {
    const from = Math.min(recipe.warmupLearningRate, learningRate);
    return from + (t * (learningRate - from)) / warmupEpochs;
  }
  const minimum = Math.min(recipe.minimumLearningRate, learningRate);
  if (t >= epochs) return minimum;
  return minimum + 0.5 * (learningRate - minimum) * (1 + Math.cos((Math.PI * t) / epochs));
}

/**
 * What the optimiser needs for a step (0-based). PYRA's own rate, where there is one, follows a curve of its own from the same
 * warm-up to the same minimum, as timm does for a second parameter group.
 */
export function ratesAt(recipe: Recipe, step: number, stepsPerEpoch: number): StepRates {
  const t = step / stepsPerEpoch;
  const learningRate = learningRateAt(recipe, t);
  const own = recipe.pyraLearningRate;
  const pyraLearningRate = own === null ? learningRate : learningRateAt({ ...recipe, learningRate: own }, t);
  return { number: step, learningRate, pyraLearningRate, weightDecay: recipe.weightDecay };
}
