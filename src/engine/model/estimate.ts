import type { Architecture } from '../../vit/architecture.js';
import type { Machine } from '../plan/machine.js';
import { sketchStorage } from '../plan/tensor.js';
import { Backbone } from './backbone.js';
import { evaluationProgram } from './evaluator.js';
import { backboneForm, stateOn } from './network.js';
import { trainingProgram } from './trainer.js';
import type { NetworkOptions } from './types.js';

export interface TrainingEstimate {
  /** Bytes of weights, gradients, optimiser state, and the plans of the training step and the evaluation. */
  readonly bytes: number;
  readonly trainedParameters: number;
  readonly totalParameters: number;
  /** Multiply-accumulates of a training step, and of the evaluation of a batch. */
  readonly stepMacs: number;
  readonly evaluationMacs: number;
}

/**
 * What training would take. The plans are recorded as for training, but not compiled and not given memory. Throws as `createNetwork`
 * rejects.
 *
 * @param batch of a training step; evaluation takes `evaluationBatch`.
 */
export function estimateTraining(
  machine: Machine,
  architecture: Architecture,
  options: NetworkOptions,
  batch: number,
  evaluationBatch: number,
): TrainingEstimate {
  const { gridSide, half } = backboneForm(architecture, options);
  const backbone = options.trainsBackbone
    ? Backbone.none()
    : Backbone.sketch(architecture, { gridSide, half: half && machine.adapter.kind !== 'cpu' });
  const state = stateOn(sketchStorage, architecture, backbone, options);
  const training = machine.measure(trainingProgram(state, batch));
  const forward = machine.measure(evaluationProgram(state, evaluationBatch));
  const { layout } = state.trained;
  return {
    bytes: state.backbone.bytes + state.trained.bytes + training.bytes + forward.bytes,
    trainedParameters: layout.count,
    totalParameters: layout.count + state.backbone.parameters,
    stepMacs: training.macs,
    evaluationMacs: forward.macs,
  };
}
