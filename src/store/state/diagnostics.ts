import type { FullBenchmark, FullRow } from '../../protocol/benchmark/full.js';
import type { Benchmarks, GivenFile, VerifyReport } from '../../protocol/api.js';
import type { MachineOffer } from '../../protocol/machines.js';
import type { Evidence } from '../evidence.js';

export interface DiagnosticsSlice {
  readonly verified: Evidence<readonly VerifyReport[]> | null;
  readonly benchmarked: Evidence<Benchmarks> | null;
  readonly diagnosing: 'verify' | 'benchmark' | 'full' | 'machines' | null;
  /** What there is to compute on, each measured; null until that was asked. */
  readonly machines: readonly MachineOffer[] | null;
  verify(files: readonly GivenFile[]): Promise<void>;
  /** @param everywhere on every machine there is. */
  benchmark(everywhere?: boolean): Promise<void>;
  /** Of the full benchmark that runs or ran last, and the whole once it has ended. */
  readonly fullRows: readonly FullRow[];
  readonly fullyMeasured: Evidence<FullBenchmark> | null;
  fullBenchmark(): Promise<void>;
  receiveMeasured(row: FullRow): void;
  /** Measures the machines that there are, where nothing else runs. */
  askMachines(): Promise<void>;
}
