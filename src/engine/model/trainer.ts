import { keepInHalf } from '../operations/half.js';
import { crossEntropy } from '../operations/loss.js';
import { adamw, updateValues } from '../operations/optimizer.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Machine, OperationTime, Plan, Program, Progress, Run, StepValues } from '../plan/machine.js';
import { recordBackward } from '../plan/tape.js';
import { viewOf } from '../plan/tensor.js';
import { recordForward } from './forward.js';
import { logitScale } from './parts/head.js';
import { Planned } from './planned.js';
import type { ForwardOptions, NetworkState } from './state.js';
import type { StepRates, StepResult, Trainer, TrainingBatch } from './types.js';

/** A whole training step: forward, loss and backward of the inputs `pixels` and `labels`, then AdamW. */
export function trainingProgram(
  state: NetworkState,
  batch: number,
  wanted: Partial<Omit<ForwardOptions, 'images' | 'training'>> = {},
): Program {
  const { options, trained } = state;
  const { classes } = options;
  return {
    label: 'train',
    images: batch,
    record: (recorder, images) => {
      const labels = recorder.input('labels', images, 'u32');
      const weights = options.weighted ? recorder.input('weights', images, 'f32') : undefined;
      const logits = recordForward(recorder, state, { form: 'bytes', ...wanted, images, training: true });
      const scale = logitScale(state);
      crossEntropy(recorder, { label: 'loss', logits, labels, weights, result: viewOf(trained.result), images, classes, scale });
      recordBackward(recorder, { recompute: options.recompute === true });
      if (options.halfActivations === true) keepInHalf(recorder);
    },
    update: (recorder) => adamw(recorder, { label: 'AdamW', ...trained.optimizer }),
  };
}

export function stepValues(seed: number, images: number, rates: StepRates): StepValues {
  return { seed, number: rates.number, images, update: updateValues(rates) };
}

/** Where the machine has no room for all activations, blocks are recomputed in their backward even if that was not asked for. */
export async function createTrainer(
  machine: Machine,
  state: NetworkState,
  batch: number,
  onProgress?: Progress,
): Promise<Trainer> {
  const planFor = (from: NetworkState): Promise<Plan> => machine.compile(trainingProgram(from, batch), onProgress);
  try {
    return new PlannedTrainer(await planFor(state), state);
  } catch (thrown) {
    const short = thrown instanceof PlaygroundError && thrown.code === 'gpu.out-of-memory';
    if (!short || state.options.recompute === true) throw thrown;
    // Less memory, more time, and the same bits.
    return new PlannedTrainer(await planFor({ ...state, options: { ...state.options, recompute: true } }), state);
  }
}

class PlannedTrainer extends Planned implements Trainer {
  async step(batch: TrainingBatch, rates: StepRates): Promise<StepResult> {
    const { options, trained } = this.state;
    const step = stepValues(options.seed, batch.count, rates);
    const read = [trained.result, trained.health];
    const [result = new ArrayBuffer(0), health = new ArrayBuffer(0)] = await this.plan.run({
      step,
      ...this.#inputsOf(batch),
      read,
    });
    const [loss = NaN, correct = NaN] = new Float32Array(result);
    const [unhealthy = 1] = new Uint32Array(health);
    return { loss, correct, count: batch.count, finite: unhealthy === 0 };
  }

  profile(batch: TrainingBatch, rates: StepRates): Promise<readonly OperationTime[]> {
    return this.plan.profile({
      step: stepValues(this.state.options.seed, batch.count, rates),
      ...this.#inputsOf(batch),
    });
  }

  #inputsOf({ pixels, labels, weights, count }: TrainingBatch): Pick<Run, 'inputs' | 'gathered'> {
    const inputs = { labels, ...this.#weightsOf(weights, count) };
    return pixels instanceof Uint8Array ? { inputs: { ...inputs, pixels } } : { inputs, gathered: { pixels } };
  }

  /** The extra inputs of a weighted network. Pictures without given weights all have the same weight. */
  #weightsOf(weights: TrainingBatch['weights'], count: number): { weights?: Float32Array<ArrayBuffer> } {
    return this.state.options.weighted ? { weights: weights ?? new Float32Array(count).fill(1) } : {};
  }
}
