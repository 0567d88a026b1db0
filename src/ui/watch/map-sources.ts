import { modulates, reduces, TRAINING_FREE, UNREDUCED, type Method } from '../../vit/methods/index.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { visibleRuns } from '../../store/slices/runs.js';
import { hasWeights, runById } from '../../store/run-lookup.js';
import type { MapSource, Pane } from '../../store/state/maps.js';
import type { Choice } from '../common/controls.js';
import { usePlayground } from '../playground.js';
import { differencesAmong, runLabel } from '../compare/run-labels.js';
import { isNamed } from '../../protocol/runs/run-names.js';

/** A map's source as a text, the value of its entry in the list of sources. */
export function keyOf(source: MapSource): string {
  switch (source.kind) {
    case 'setup':
      return 'setup';
    case 'backbone':
      return `backbone ${source.method} ${source.schedule}`;
    case 'run':
      return `run ${source.runId} ${source.epoch ?? 'best'} ${source.method ?? ''}`;
  }
}

interface SourceChoice extends Choice<string> {
  readonly source: MapSource;
}

/** What the map of a pane can show: the set-up, runs and their epochs, and in the second pane also each without merging or modulation. */
export function useSources(pane: Pane): SourceChoice[] {
  const runs = usePlayground((state) => state.runs);
  const deleting = usePlayground((state) => state.deleting);
  const keptEpochs = usePlayground((state) => state.keptEpochs);
  const activeId = usePlayground((state) => state.activeId);
  const selectedId = usePlayground((state) => state.selectedId);
  const schedule = usePlayground((state) => state.configuration.schedule);
  const source = usePlayground((state) => state.sources[pane]);
  const shownRun = usePlayground((state) => {
    const shown = state.sources[pane];
    return shown?.kind === 'run' ? runById(state, shown.runId) : undefined;
  });
  const called = namesOf(visibleRuns({ runs, deleting }));
  const choices: SourceChoice[] = [];
  const add = (entry: MapSource, label: string): void => {
    choices.push({ value: keyOf(entry), label, source: entry });
  };
  add({ kind: 'setup' }, activeId === null ? 'Backbone, as set up' : 'Live run');
  if (pane === 'second') {
    const others = new Map<string, Method>([
      ['none', UNREDUCED],
      ['low', TRAINING_FREE],
      ['high', TRAINING_FREE],
    ]);
    if (!others.has(schedule)) others.set(schedule, TRAINING_FREE);
    for (const [text, method] of others)
      add({ kind: 'backbone', method, schedule: text }, `Backbone, ${reduces(method) ? text : 'no merging'}`);
  }
  if (activeId !== null) {
    for (const epoch of keptEpochs[activeId] ?? []) add({ kind: 'run', runId: activeId, epoch }, `This run after epoch ${epoch}`);
  }
  for (const run of visibleRuns({ runs, deleting })) {
    if (run.id === activeId || !hasWeights(run)) continue;
    add({ kind: 'run', runId: run.id }, called(run));
    if (pane === 'second' && reduces(run.configuration.method)) {
      add({ kind: 'run', runId: run.id, method: UNREDUCED }, `${called(run)}, without merging`);
      if (modulates(run.configuration.method)) add(withoutModulation(run.id), `${called(run)}, ${WITHOUT_MODULATION}`);
    }
    // Epochs of the selected run alone, to keep the list short.
    if (run.id !== selectedId) continue;
    for (const epoch of keptEpochs[run.id] ?? [])
      add({ kind: 'run', runId: run.id, epoch }, `${called(run)}, after epoch ${epoch}`);
  }
  if (source && !choices.some((choice) => choice.value === keyOf(source))) add(source, labelOf(source, shownRun, called));
  return choices;
}

/** What the list of sources calls the one that a pane shows. */
export function useSourceLabel(pane: Pane): string {
  const source = usePlayground((state) => state.sources[pane]);
  const choices = useSources(pane);
  return choices.find((choice) => source && choice.value === keyOf(source))?.label ?? '';
}

/** What runs are called in the list: by method, rate, seed and what else differs among them, as there is little room for more. */
function namesOf(runs: readonly RunRecord[]): (run: RunRecord) => string {
  const differences = differencesAmong(runs.map(({ configuration }) => configuration));
  return (run) => (isNamed(run) ? run.name : [runLabel(run), ...differences(run.configuration)].join(', '));
}

/** The label of a source that is shown but no longer in the list. */
function labelOf(source: MapSource, run: RunRecord | undefined, called: (run: RunRecord) => string): string {
  if (source.kind !== 'run' || !run) return 'No longer there';
  if (source.method)
    return `${called(run)}, ${modulates(run.configuration.method) && reduces(source.method) ? WITHOUT_MODULATION : 'without merging'}`;
  return source.epoch === undefined ? called(run) : `${called(run)}, after epoch ${source.epoch}`;
}

/** A run's weights with ToMe's merging instead of PYRA's. */
export const withoutModulation = (runId: string): MapSource => ({ kind: 'run', runId, method: TRAINING_FREE });

const WITHOUT_MODULATION = 'without PYRA’s modulation';
