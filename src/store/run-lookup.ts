import type { RunRecord } from '../protocol/run.js';
import type { Playground } from './state.js';

/** Whether a run has weights: it finished an epoch, or came as adapted weights, which bring no curves. */
export const hasWeights = (run: RunRecord): boolean => run.epochs.length > 0 || run.state === 'finished';

/** A person's own run, or one of the study that comes with the page. */
export const runById = (state: Pick<Playground, 'runs' | 'study'>, id: string | null): RunRecord | undefined =>
  id === null ? undefined : (state.runs[id] ?? state.study[id]);

/** Whether a run's weights are here: of the study's runs only some come with theirs. */
export const weightsAtHand = (state: Pick<Playground, 'runs' | 'study' | 'studyWeights'>, run: RunRecord): boolean =>
  state.runs[run.id] === undefined ? state.studyWeights.has(run.id) : hasWeights(run);
