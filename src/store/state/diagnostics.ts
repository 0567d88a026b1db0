import type { FullBenchmark, FullRow } from '../../protocol/benchmark/full.js';
import type { Benchmark, Benchmarks, GivenFile, VerifyReport } from '../../protocol/api.js';
import type { MachineOffer } from '../../protocol/machines.js';
import type { Evidence } from '../evidence.js';

export interface DiagnosticsSlice {
  readonly verified: Evidence<readonly VerifyReport[]> | null;
  readonly benchmarked: Evidence<Benchmarks> | null;
  readonly diagnosing: 'verify' | 'benchmark' | 'full' | 'machines' | null;
  /** The machines to choose from, each measured; null until they are needed. */
  readonly machines: readonly MachineOffer[] | null;
  verify(files: readonly GivenFile[]): Promise<void>;
  /** What the benchmark that runs has measured so far, on each machine; the whole follows when it ends. */
  readonly benchmarkedSoFar: readonly Benchmark[];
  receiveBenchmarked(soFar: Benchmark): void;
  /** @param everywhere on every machine that this browser has. */
  benchmark(everywhere?: boolean): Promise<void>;
  /** Rows of the full benchmark that runs or ran last; the whole report follows when it ends. */
  readonly fullRows: readonly FullRow[];
  readonly fullyMeasured: Evidence<FullBenchmark> | null;
  fullBenchmark(minutes: number): Promise<void>;
  receiveMeasured(row: FullRow): void;
  /** Measures the machines to choose from, while nothing else runs. */
  askMachines(): Promise<void>;
}
