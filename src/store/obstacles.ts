import { configurationInUse, dataInUse, modelInUse, occupied, problemAt } from './facts.js';
import { scheduleProblem } from './schedule.js';
import type { Playground } from './state.js';

/** Why Adapt cannot be pressed, as a sentence that says what to do; null where it can. */
export function obstacleToAdapt(state: Playground): string | null {
  const { model: name, imageSize } = state.configuration;
  if (state.measuringId !== null) return 'A run is being measured.';
  const model = modelInUse(state);
  if (!model) {
    return problemAt(state, 'model') ? `The backbone '${name}' cannot be used yet.` : 'The backbone is loading.';
  }
  if (!dataInUse(state)) return problemAt(state, 'data')?.message ?? 'The data is loading.';
  const [field] = Object.keys(state.drafts);
  if (field !== undefined) return `${field}: ${state.drafts[field] ?? ''}`;
  const { patchSize } = model.architecture;
  if (imageSize % patchSize !== 0)
    return `Image size: a multiple of ${patchSize} px, the backbone’s patches; ${imageSize} is none.`;
  if (scheduleProblem(configurationInUse(state), model.architecture) !== null) return 'The schedule does not fit this backbone.';
  return problemAt(state, 'fit') ? 'The set-up cannot be trained, as said above.' : null;
}

/** Why the machine cannot be verified or measured now, as a sentence; null where it can. */
export function obstacleToDiagnose(state: Playground): string | null {
  if (state.connection !== 'ready') return 'What computes is being looked for.';
  if (occupied(state)) return 'A run is training or being measured: wait until it has ended.';
  return state.diagnosing === null ? null : 'Something is being measured: wait a moment.';
}
