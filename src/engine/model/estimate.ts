import type { Architecture } from '../../vit/architecture.js';
import type { Autotuner } from '../gpu/autotuner.js';
import { PlanRecorder } from '../gpu/recorder.js';
import { Backbone } from './backbone.js';
import { recordEvaluation } from './evaluator.js';
import type { NetworkState } from './tape.js';
import { stateOn } from './network.js';
import { recordTrainingStep } from './trainer.js';
import type { NetworkOptions } from './types.js';

export interface TrainingEstimate {
  /** Bytes of weights, gradients, optimiser state, and the arenas of the training step and the evaluation. */
  readonly bytes: number;
  readonly trainedParameters: number;
  readonly totalParameters: number;
  /** Multiply-accumulates of a training step, and of the evaluation of a batch. */
  readonly stepMacs: number;
  readonly evaluationMacs: number;
}

/**
 * What training would take: the plans are recorded as for training, and neither compiled nor given memory. Kernels that were
 * not measured yet are taken to be the first candidates, whose scratch memory may differ a little from that of the chosen.
 * Throws as `createNetwork` rejects.
 *
 * @param batch of a training step; evaluation takes `evaluationBatch`.
 */
export function estimateTraining(
  tuner: Autotuner,
  architecture: Architecture,
  options: NetworkOptions,
  batch: number,
  evaluationBatch: number,
): TrainingEstimate {
  const { gpu } = tuner;
  const stand = gpu.buffer('estimate', 16, GPUBufferUsage.STORAGE);
  const gridSide = Math.floor(options.imageSize / architecture.patchSize);
  let state: NetworkState | undefined;
  try {
    state = stateOn(gpu, architecture, Backbone.sketch(gpu, architecture, gridSide, stand), options);
    const step = new PlanRecorder(gpu, 'estimate', tuner);
    recordTrainingStep(step, state, batch, 'bytes');
    const evaluation = new PlanRecorder(gpu, 'estimate', tuner);
    recordEvaluation(evaluation, state, evaluationBatch);
    const training = step.measure();
    const forward = evaluation.measure();
    const { layout } = state.trained;
    return {
      bytes: state.backbone.parameters * 4 + state.trained.bytes + training.bytes + forward.bytes,
      trainedParameters: layout.count,
      totalParameters: layout.count + state.backbone.parameters,
      stepMacs: training.macs,
      evaluationMacs: forward.macs,
    };
  } finally {
    state?.trained.destroy();
    gpu.release(stand);
  }
}
