/** Adapted weights used at another merging rate than the one they were trained at. */
import { adapterSizes, trainsBackbone } from '../../vit/adapters/index.js';
import { initialTokens, protectedTokens } from '../../vit/architecture.js';
import { methodUnit, modulates, reduces, TRAINING_FREE, UNREDUCED } from '../../vit/methods/index.js';
import { requireSchedule, type ScheduleText } from '../../vit/schedule.js';
import { trainedShapes } from '../../vit/weights.js';
import type { NamedTensor } from '../../containers/tensors.js';
import type { AdaptedModel } from '../types.js';

export interface OtherRate {
  readonly model: AdaptedModel;
  /** What differs from the training, a sentence each. */
  readonly notes: readonly string[];
}

/** The first rows of a weight; where it has fewer, rows of 0 follow. */
function withRows({ shape, data }: NamedTensor, wanted: readonly number[]): NamedTensor {
  const length = wanted.reduce((product, side) => product * side, 1);
  const rowLength = shape.slice(1).reduce((product, side) => product * side, 1);
  const taken = Math.min(shape[0] ?? 0, wanted[0] ?? 0) * rowLength;
  const values = new Float32Array(length);
  values.set(data.subarray(0, taken));
  return { shape: [...wanted], data: values };
}

/**
 * The same weights with another schedule. Weights that were adapted without merging are merged as in ToMe, which needs no training. Where a
 * method has its own weights, row i belongs to the i-th most similar pair; rows for pairs that were never trained are 0, and `trainedPairs`
 * says how many pairs of each block were trained. The other pairs merge as in ToMe, although PYRA's W_b could weight them.
 *
 * Throws `schedule.invalid` where the schedule does not fit.
 */
export function atOtherRate({ metadata, backbone, trained }: AdaptedModel, schedule: ScheduleText): OtherRate {
  const { configuration, architecture, classes } = metadata;
  const wantsNone = schedule === 'none';
  const method = wantsNone ? UNREDUCED : reduces(configuration.method) ? configuration.method : TRAINING_FREE;
  const { r } = requireSchedule(schedule, {
    tokens: initialTokens(architecture, configuration.imageSize),
    protectedTokens: protectedTokens(architecture),
    depth: architecture.depth,
    distilled: architecture.distilled,
  });
  const shapes = trainedShapes(architecture, {
    method,
    schedule: r,
    classes: classes.length,
    sizes: adapterSizes(configuration),
    trainsBackboneFor: trainsBackbone(configuration.peft) ? configuration.imageSize : null,
  });
  const trainedBefore = metadata.trainedPairs ?? metadata.schedule;
  const trainedPairs = r.map((pairs, block) => Math.min(pairs, trainedBefore[block] ?? 0));
  const fitted = new Map<string, NamedTensor>();
  for (const { name, shape, owner } of shapes) {
    const tensor = trained.get(name);
    if (tensor) fitted.set(name, owner === 'method' ? withRows(tensor, shape) : tensor);
    else if (owner === 'method')
      fitted.set(name, { shape: [...shape], data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  }
  const { label } = methodUnit(TRAINING_FREE);
  const untrained = modulates(method) ? r.filter((pairs, block) => pairs > (trainedPairs[block] ?? 0)).length : 0;
  const notes = [
    ...(method === TRAINING_FREE && method !== configuration.method
      ? [`${schedule}: was adapted without merging; merged as ${label} does`]
      : []),
    ...(untrained > 0
      ? [
          `${schedule}: more pairs merge than in training, in ${untrained} ${untrained === 1 ? 'block' : 'blocks'}; weights of pairs that were never trained are 0, and those pairs merge as ${label} does`,
        ]
      : []),
  ];
  const { trainedPairs: _before, ...same } = metadata;
  const rate = { configuration: { ...configuration, method, schedule }, schedule: r };
  return {
    model: { backbone, trained: fitted, metadata: { ...same, ...rate, ...(untrained > 0 ? { trainedPairs } : {}) } },
    notes,
  };
}
