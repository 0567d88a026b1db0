/**
 * PYRA's engine as a library: adapt a vision transformer, predict with it, and trace how its tokens merge. It runs wherever there is
 * WebGPU; in Node that is Dawn (`webgpu` on npm).
 *
 * ```js
 * const engine = await createEngine({ adapter });
 * const backbone = await openBackbone([{ name: 'vit.safetensors', bytes }]);
 * const { model, record } = await adapt(engine, { backbone, pictures, configuration: { method: 'pyra', schedule: 'high' } });
 * const { probabilities } = await predict(engine, model, [picture]);
 * ```
 *
 * Functions reject with a {@link PlaygroundError}: a code, and one sentence that says what was found and what was expected.
 */
export { adapt, type AdaptOptions, type AdaptOutcome } from './adapt.js';
export { createEngine, type Engine, type EngineOptions } from './engine.js';
export { openAdapted, openBackbone, saveAdapted, type Backbone, type GivenBytes, type Model } from './models.js';
export { type Example, type LabelledPictures } from './pictures.js';
export { predict, trace, type Prediction, type Trace } from './predict.js';
export { PAPER_RECIPE, type Configuration } from '../vit/configuration.js';
export { PlaygroundError, type ErrorCode } from '../vit/errors.js';
export { METHODS, methodUnit, type Method } from '../vit/methods/index.js';
export { PEFTS, type Peft } from '../vit/adapters/index.js';
export type { Picture } from '../data/types.js';
export type { MergeBlock } from '../protocol/maps.js';
export type { RunRecord, StepMetrics } from '../protocol/runs/run.js';
