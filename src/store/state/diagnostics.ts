import type { Benchmark, GivenFile, VerifyReport } from '../../protocol/api.js';
import type { Evidence } from '../evidence.js';

export interface DiagnosticsSlice {
  readonly verified: Evidence<readonly VerifyReport[]> | null;
  readonly benchmarked: Evidence<Benchmark> | null;
  readonly diagnosing: 'verify' | 'benchmark' | null;
  verify(files: readonly GivenFile[]): Promise<void>;
  benchmark(): Promise<void>;
}
