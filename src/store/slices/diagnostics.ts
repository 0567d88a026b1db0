import type { Slice } from '../state.js';
import type { DiagnosticsSlice } from '../state/diagnostics.js';

export const createDiagnosticsSlice: Slice<DiagnosticsSlice> =
  ({ api }) =>
  (set, get) => ({
    verifyReports: null,
    benchmarkRows: null,
    diagnosing: null,
    verify: async (files) => {
      get().dismiss('verify');
      set({ diagnosing: 'verify', verifyReports: null });
      const answer = await api.verify(files);
      set({ diagnosing: null, busy: null, verifyReports: answer.ok ? answer.value : null });
      if (!answer.ok) get().report('verify', answer.error);
    },
    benchmark: async () => {
      get().dismiss('benchmark');
      set({ diagnosing: 'benchmark', benchmarkRows: null });
      const answer = await api.benchmark();
      set({ diagnosing: null, busy: null, benchmarkRows: answer.ok ? answer.value : null });
      if (!answer.ok) get().report('benchmark', answer.error);
    },
  });
