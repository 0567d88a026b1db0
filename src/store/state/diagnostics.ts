import type { BenchmarkRow, GivenFile, VerifyReport } from '../../protocol/api.js';

export interface DiagnosticsSlice {
  readonly verifyReports: readonly VerifyReport[] | null;
  readonly benchmarkRows: readonly BenchmarkRow[] | null;
  readonly diagnosing: 'verify' | 'benchmark' | null;
  verify(files: readonly GivenFile[]): Promise<void>;
  benchmark(): Promise<void>;
}
