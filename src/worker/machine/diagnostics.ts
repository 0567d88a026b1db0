import { BENCHMARK_DEFAULTS, benchmark as measure } from '../../engine/training/benchmark.js';
import { verifyGolden } from '../../engine/training/verify.js';
import { readGoldenFile } from '../../formats/golden.js';
import { byteSourceFromBlob } from '../../containers/sources.js';
import type { Benchmark, BenchmarkRow, Benchmarks, GivenFile, VerifyReport } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { optionsKey, type Computed } from '../../protocol/provenance.js';
import type { Machine } from '../../engine/plan/machine.js';
import { toErrorRecord } from '../../vit/errors.js';
import { Engine } from './engine.js';
import type { Events } from '../events.js';
import { GOLDEN_FILES } from './golden-files.js';
import type { Model } from '../inputs/models.js';
import { fetchPageFile } from '../inputs/page-files.js';

/** Runs the given golden files on this adapter, or those that come with the page where none are given. */
export async function verify(engine: Engine, events: Events, given: readonly GivenFile[]): Promise<VerifyReport[]> {
  const sources: (() => Promise<ByteSource>)[] =
    given.length > 0
      ? given.map(
          ({ path, file }) =>
            async () =>
              byteSourceFromBlob(path, file),
        )
      : GOLDEN_FILES.map((name) => async () => byteSourceFromBlob(name, await fetchPageFile(`golden/${name}`)));
  const reports: VerifyReport[] = [];
  for (const [index, open] of sources.entries()) {
    const source = await open();
    events.busy(`Verifying ${source.name}`, index, sources.length);
    reports.push(await engine.exclusively(async () => verifyGolden(engine.machine, await readGoldenFile(source))));
  }
  return reports;
}

/**
 * Throughput on the machine in use, and on others, which are opened just for this. Software that plays a graphics card is not among those.
 */
export async function benchmarks(
  engine: Engine,
  events: Events,
  of: { readonly model: Model; readonly imageSize: number },
  others: readonly (() => Promise<Machine>)[],
): Promise<Computed<Benchmarks>> {
  const { model, imageSize } = of;
  const measured = [await benchmark(engine, events, of)];
  const missing: string[] = [];
  for (const open of others) {
    try {
      const machine = await open();
      try {
        if (machine.adapter.kind === 'software')
          missing.push(`${machine.adapter.name}: only plays a graphics card, so it is not measured.`);
        else measured.push(await benchmark(new Engine(machine), events, of));
      } finally {
        machine.destroy();
      }
    } catch (thrown) {
      missing.push(toErrorRecord(thrown).message);
    }
  }
  const adapter = engine.adapter.name;
  return { of: { weights: model.key, configuration: optionsKey({ imageSize }), adapter }, value: { measured, missing } };
}

/** Throughput of inference and training with LoRA, for each method and schedule, at a size of pictures. */
async function benchmark(
  engine: Engine,
  events: Events,
  { model, imageSize }: { readonly model: Model; readonly imageSize: number },
): Promise<Benchmark> {
  const rows: BenchmarkRow[] = [];
  const measured = measure({
    ...BENCHMARK_DEFAULTS,
    architecture: model.architecture,
    imageSize,
    createNetwork: (setup) => engine.network(model, setup),
    onProgress: (what, done, total) => events.busy(`${engine.adapter.name}: ${what}`, done, total),
  });
  for await (const row of measured) rows.push(row);
  return { model: model.name, imageSize, batchSize: BENCHMARK_DEFAULTS.batch, adapter: engine.adapter.name, rows };
}
