import type { Configuration } from '../../vit/configuration.js';
import type { StepRates } from '../model/types.js';

type Recipe = Pick<
  Configuration,
  'learningRate' | 'warmupLearningRate' | 'minimumLearningRate' | 'warmupEpochs' | 'epochs' | 'pyraLearningRate' | 'weightDecay'
>;

/**
 * The common learning rate at time `t` in epochs: timm's `CosineLRScheduler` with `t_in_epochs`, `t_initial = epochs` and `warmup_prefix =
 * false`, as in the released recipe:
 *
 *     t < warmup:  warmupRate + t (rate - warmupRate) / warmup
 *     else:        minimum + (rate - minimum) (1 + cos(π t / epochs)) / 2
 *
 * So the cosine begins at t = 0, and the warm-up replaces its first part. timm changes the rate once an epoch. Here the formula is
 * evaluated at each step, t = step / steps per epoch, which agrees with timm at the beginning of each epoch; otherwise a run of five epochs
 * would spend its first epoch at the warm-up's initial rate. A learning rate below the warm-up's rate or the minimum is not raised to them.
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
 * The rates of a step (0-based). If PYRA has a rate of its own, it follows its own curve between the same warm-up rate and the same
 * minimum, as timm does for a second parameter group.
 */
export function ratesAt(recipe: Recipe, step: number, stepsPerEpoch: number): StepRates {
  const t = step / stepsPerEpoch;
  const learningRate = learningRateAt(recipe, t);
  const own = recipe.pyraLearningRate;
  const pyraLearningRate = own === null ? learningRate : learningRateAt({ ...recipe, learningRate: own }, t);
  return { number: step, learningRate, pyraLearningRate, weightDecay: recipe.weightDecay };
}
