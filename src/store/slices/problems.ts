import { Evidence } from '../evidence.js';
import type { Slice } from '../state.js';
import type { ProblemsSlice } from '../state/problems.js';

export const createProblemsSlice: Slice<ProblemsSlice> = () => (set) => ({
  problems: {},
  announcement: '',
  report: (place, error, of = {}) => set((state) => ({ problems: { ...state.problems, [place]: new Evidence(of, error) } })),
  dismiss: (place) =>
    set((state) => {
      if (!state.problems[place]) return state;
      const { [place]: _gone, ...rest } = state.problems;
      return { problems: rest };
    }),
  announce: (text) => set({ announcement: text }),
});
