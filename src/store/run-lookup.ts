import type { RunRecord } from '../protocol/runs/run.js';
import { modulates } from '../vit/methods/index.js';
import type { Playground } from './state.js';

/** Whether a run has weights: it finished an epoch, or came as adapted weights, which bring no curves. */
export const hasWeights = (run: RunRecord): boolean => run.epochs.length > 0 || run.state === 'finished';

/** A person's own run, or one of the study that comes with the page. */
export const runById = (state: Pick<Playground, 'runs' | 'study'>, id: string | null): RunRecord | undefined =>
  id === null ? undefined : (state.runs[id] ?? state.study[id]);

/** The runs whose curves are shown: the training run, else the selected one, then those whose curves are kept beside it. */
export function curveRuns(
  state: Pick<Playground, 'runs' | 'study' | 'activeId' | 'selectedId' | 'overlaid'>,
): readonly RunRecord[] {
  const { activeId, selectedId, overlaid } = state;
  const ids = new Set([activeId ?? selectedId, ...overlaid]);
  return [...ids].flatMap((id) => runById(state, id) ?? []);
}

/** Whether a run's weights are here: of the study's runs only some come with theirs, and a record may be dropped without any. */
export const weightsAtHand = (
  state: Pick<Playground, 'runs' | 'study' | 'studyWeights' | 'withoutWeights'>,
  run: RunRecord,
): boolean =>
  state.runs[run.id] === undefined ? state.studyWeights.has(run.id) : hasWeights(run) && !state.withoutWeights.has(run.id);

/** Whether a run was made from weights alone, which do not say how they were trained. */
export const isUnrecorded = ({ state, epochs }: RunRecord): boolean => state === 'finished' && epochs.length === 0;

/**
 * A trained run with PYRA's modulation, whose weights are here: of the data set that is set up if possible, then of its schedule, then a
 * person's own before the study's.
 */
export function trainedExample(
  state: Pick<Playground, 'runs' | 'study' | 'studyWeights' | 'withoutWeights' | 'deleting' | 'activeId' | 'configuration'>,
): RunRecord | undefined {
  const { data, schedule } = state.configuration;
  const own = Object.values(state.runs).filter(({ id }) => id !== state.activeId && !state.deleting.includes(id));
  const trained = [...own, ...Object.values(state.study)].filter(
    (run) => modulates(run.configuration.method) && weightsAtHand(state, run),
  );
  const ofData = trained.filter(({ configuration }) => configuration.data === data);
  const nearest = ofData.length > 0 ? ofData : trained;
  return nearest.find(({ configuration }) => configuration.schedule === schedule) ?? nearest[0];
}
