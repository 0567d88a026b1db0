import { byteSourceFromBlob } from '../../containers/sources.js';
import { fullBenchmark } from '../../engine/diagnostics/full/full-benchmark.js';
import { BENCHMARK_DEFAULTS } from '../../engine/training/benchmark.js';
import { readGoldenFile } from '../../formats/golden.js';
import type { FullBenchmark, FullRow } from '../../protocol/benchmark/full.js';
import type { Events } from '../events.js';
import { fetchPageFile } from '../inputs/page-files.js';
import type { FileStore } from '../kept/private-files.js';
import type { Engine } from './engine.js';
import { GOLDEN_FILES } from './golden-files.js';
import { openMachine } from './open.js';

/**
 * Measures everything that a few minutes can tell of a machine like the one in use. It is opened for that alone, so that the page keeps
 * its own where this one is lost.
 */
export async function measureFully(engine: Engine, events: Events, files: FileStore, minutes: number): Promise<FullBenchmark> {
  const kind = engine.adapter.kind === 'cpu' ? 'cpu' : 'gpu';
  const rows: FullRow[] = [];
  const measured = fullBenchmark({
    ...BENCHMARK_DEFAULTS,
    minutes,
    golden: GOLDEN_FILES.map((name) => ({
      name,
      open: async () => readGoldenFile(byteSourceFromBlob(name, await fetchPageFile(`golden/${name}`))),
    })),
    openMachine: () => openMachine({ kind, threads: null }, files),
    onStage: (what, done, total) => events.busy(what, done, total),
  });
  let next = await measured.next();
  for (; !next.done; next = await measured.next()) {
    rows.push(next.value);
    events.send({ kind: 'measured', row: next.value });
  }
  return { ...next.value, toggles: null, rows };
}
