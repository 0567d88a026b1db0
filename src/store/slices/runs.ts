import type { RunRecord } from '../../protocol/runs/run.js';
import { Evidence } from '../evidence.js';
import { dataInUse, obstacleToMeasure, ofDataInUse } from '../facts.js';
import { runById, weightsAtHand } from '../run-lookup.js';
import type { Slice } from '../state.js';
import type { Cell, RunsSlice } from '../state/runs.js';
import { nameOf } from '../../protocol/runs/run-names.js';

/** Milliseconds in which a deleted run can be brought back. */
export const UNDO_MILLISECONDS = 8000;

/** The most pictures of a cell that are shown. */
export const CELL_PICTURES = 24;

/** The runs that are shown, newest first. */
export function visibleRuns(state: Pick<RunsSlice, 'runs' | 'deleting'>): RunRecord[] {
  return Object.values(state.runs)
    .filter((run) => !state.deleting.includes(run.id))
    .sort((a, b) => b.started.localeCompare(a.started));
}

const collection: Slice<Pick<RunsSlice, 'loadSavedRuns' | 'receiveRun' | 'select' | 'hover' | 'overlayRun'>> =
  ({ api }) =>
  (set, get) => ({
    loadSavedRuns: async () => {
      const answer = await api.savedRuns();
      if (!answer.ok) return get().report('results', answer.error);
      set((state) => ({ runs: { ...Object.fromEntries(answer.value.map((run) => [run.id, run])), ...state.runs } }));
    },
    receiveRun: (run) => {
      set(({ runs, withoutWeights }) => ({
        runs: { ...runs, [run.id]: run },
        // It may have come again, with its weights.
        withoutWeights: new Set([...withoutWeights].filter((id) => id !== run.id)),
      }));
      if (run.state === 'running' || run.state === 'paused') get().noticeTraining(run);
    },
    select: (runId) => {
      set({ selectedId: runId });
      const run = runById(get(), runId);
      if (!run) return;
      if (get().runs[run.id]) void get().loadKeptEpochs(run.id);
      const live = run.id === get().activeId;
      if (!live && !weightsAtHand(get(), run)) return;
      void get().setSource('first', live ? { kind: 'setup' } : { kind: 'run', runId: run.id });
    },
    hover: (runId) => {
      if (get().hoveredId !== runId) set({ hoveredId: runId });
    },
    overlayRun: (runId, on) =>
      set(({ overlaid }) => {
        const others = overlaid.filter((id) => id !== runId);
        return { overlaid: on ? [...others, runId] : others };
      }),
  });

/** A run's name and notes. */
const words: Slice<Pick<RunsSlice, 'rename' | 'note'>> =
  ({ api }) =>
  (set, get) => {
    const change = async (runId: string, said: { readonly name?: string; readonly notes?: string }): Promise<void> => {
      const answer = await api.updateRun(runId, said);
      if (answer.ok) set((state) => ({ runs: { ...state.runs, [runId]: answer.value } }));
      else get().report('results', answer.error, { run: runId });
    };
    return { rename: (runId, name) => change(runId, { name }), note: (runId, notes) => change(runId, { notes }) };
  };

/** Deleting runs, and bringing them back. */
const removal: Slice<Pick<RunsSlice, 'remove' | 'undoRemove'>> =
  ({ api, delay }) =>
  (set, get) => {
    const timers = new Map<string, () => void>();
    return {
      remove: (runId) => {
        set((state) => ({
          deleting: [...state.deleting, runId],
          selectedId: state.selectedId === runId ? null : state.selectedId,
          overlaid: state.overlaid.filter((id) => id !== runId),
        }));
        get().leaveRun(runId);
        const forGood = async (): Promise<void> => {
          timers.delete(runId);
          const answer = await api.deleteRun(runId);
          if (!answer.ok) {
            get().report('results', answer.error);
            get().undoRemove(runId);
            return;
          }
          set((state) => {
            const { [runId]: _gone, ...runs } = state.runs;
            return { runs, deleting: state.deleting.filter((id) => id !== runId) };
          });
        };
        timers.set(
          runId,
          delay(() => void forGood(), UNDO_MILLISECONDS),
        );
      },
      undoRemove: (runId) => {
        timers.get(runId)?.();
        timers.delete(runId);
        set((state) => ({ deleting: state.deleting.filter((id) => id !== runId) }));
      },
    };
  };

/** The pictures of one cell of a confusion matrix. */
const cells: Slice<Pick<RunsSlice, 'openCell' | 'closeCell'>> =
  ({ api }) =>
  (set, get) => ({
    openCell: async (runId, part, truth, predicted) => {
      const run = runById(get(), runId);
      const data = dataInUse(get())?.places;
      if (!run) return;
      get().dismiss('results');
      if (!weightsAtHand(get(), run)) {
        const message = `${nameOf(run)}: its weights are not on this page, so its pictures cannot be told by what it took them for.`;
        return get().report('results', { code: 'usage', message }, { run: runId });
      }
      const cell = { runId, part, truth, predicted, indices: null };
      // The run's indices would mean the pictures of another data set.
      if (data === undefined || !ofDataInUse(get(), run)) return set({ cell: new Evidence<Cell>({ run: runId }, cell) });
      const asked = new Evidence<Cell>({ run: runId, data }, cell);
      set({ cell: asked });
      const answer = await api.confusionCell(runId, part, truth, predicted);
      if (get().cell !== asked) return;
      if (answer.ok) return set({ cell: new Evidence(answer.value.of, { ...cell, indices: answer.value.value }) });
      set({ cell: null });
      get().report('results', answer.error, { run: runId });
    },
    closeCell: () => set({ cell: null }),
  });

const results: Slice<Pick<RunsSlice, 'exportRun' | 'measureAgain'>> =
  ({ api }) =>
  (set, get) => ({
    exportRun: async (runId, format, beside = []) => {
      get().dismiss('export');
      set({ exporting: format });
      const answer = await api.exportRun(runId, format, beside);
      set({ exporting: null });
      if (answer.ok) return answer.value;
      get().report('export', answer.error, { run: runId });
      return null;
    },
    measureAgain: async (runId) => {
      const run = get().runs[runId];
      if (!run) return;
      get().dismiss('export');
      const message = obstacleToMeasure(get(), run);
      if (message !== null) return get().report('export', { code: 'usage', message }, { run: runId });
      set({ measuringId: runId, borrowed: run.configuration });
      const answer = (await get().ensureData(run.configuration, 'export')) ? await api.measureRun(runId) : null;
      set({ measuringId: null, busy: null });
      await get().restoreSetUp();
      if (answer === null) return;
      if (!answer.ok) return get().report('export', answer.error, { run: runId });
      get().receiveRun(answer.value);
      const { test } = answer.value;
      if (test) {
        get().announce(
          `${nameOf(run)}: measured again, ${(test.accuracy * 100).toFixed(1)} % at ${Math.round(test.imagesPerSecond)} images/s.`,
        );
      }
    },
  });

export const createRunsSlice: Slice<RunsSlice> =
  (services) =>
  (...store) => ({
    runs: {},
    selectedId: null,
    hoveredId: null,
    overlaid: [],
    withoutWeights: new Set(),
    elsewhere: [],
    deleting: [],
    cell: null,
    exporting: null,
    measuringId: null,
    ...collection(services)(...store),
    ...words(services)(...store),
    ...removal(services)(...store),
    ...cells(services)(...store),
    ...results(services)(...store),
  });
