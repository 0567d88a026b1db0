import type { Slice } from '../state.js';
import type { StudySlice } from '../state/study.js';

const KEY = 'pyra-playground/study';

export const createStudySlice: Slice<StudySlice> =
  ({ api, storage }) =>
  (set, get) => ({
    study: {},
    studyWeights: new Set(),
    studyShown: storage.get(KEY) !== 'hidden',
    loadStudy: async () => {
      const answer = await api.study();
      // A page that was saved without the study works without it.
      if (!answer.ok) return;
      const { runs, weights } = answer.value;
      set({ study: Object.fromEntries(runs.map((run) => [run.id, run])), studyWeights: new Set(weights) });
    },
    showStudy: (shown) => {
      const { selectedId, study } = get();
      if (!shown && selectedId !== null && study[selectedId]) {
        get().leaveRun(selectedId);
        set({ selectedId: null });
      }
      set((state) => ({ studyShown: shown, overlaid: state.overlaid.filter((id) => shown || state.runs[id] !== undefined) }));
      storage.set(KEY, shown ? 'shown' : 'hidden');
    },
  });
