import type { BenchmarkRow, GivenFile, VerifyReport } from '../../protocol/api.js';
import type { Slice } from '../playground.js';

export interface DiagnosticsSlice {
  readonly verifyReports: readonly VerifyReport[] | null;
  readonly benchmarkRows: readonly BenchmarkRow[] | null;
  readonly diagnosing: 'verify' | 'benchmark' | null;
  verify(files: readonly GivenFile[]): Promise<void>;
  benchmark(): Promise<void>;
}

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
