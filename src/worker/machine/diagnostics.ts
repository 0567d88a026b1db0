import { BENCHMARK_DEFAULTS, benchmark as measure } from '../../engine/training/benchmark.js';
import { verifyGolden } from '../../engine/training/verify.js';
import { readGoldenFile } from '../../formats/golden.js';
import { byteSourceFromBlob } from '../../containers/sources.js';
import type { Benchmark, BenchmarkRow, Benchmarks, GivenFile, VerifyReport } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { optionsKey, type Computed } from '../../protocol/provenance.js';
import type { Machine } from '../../engine/plan/machine.js';
import { toErrorRecord } from '../../vit/errors.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import { spoken } from '../../vit/names/notation.js';
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
  const soFar = (): Benchmark => ({
    model: model.name,
    imageSize,
    batchSize: BENCHMARK_DEFAULTS.batch,
    adapter: engine.adapter.name,
    rows: [...rows],
  });
  const telling = new BenchmarkTelling(events, engine.adapter.name);
  const measured = measure({
    ...BENCHMARK_DEFAULTS,
    architecture: model.architecture,
    imageSize,
    createNetwork: (setup) => engine.network(model, setup),
    onRow: (row, done, total) => telling.row(row, done, total),
    onProgress: (what, done, total) => telling.prepares(what, done, total),
    onEstimate: (seconds) => telling.estimate(seconds),
  });
  for await (const row of measured) {
    rows.push(row);
    events.send({ kind: 'benchmarked', soFar: soFar() });
  }
  return soFar();
}

/** Tells the page which row of a benchmark is measured, or prepared, and the time left. */
class BenchmarkTelling {
  readonly #events: Events;
  readonly #adapter: string;
  #row = { what: '', done: 0, total: 0 };
  /** When it ends by the estimate, in milliseconds of this worker's clock. */
  #ends: number | null = null;

  constructor(events: Events, adapter: string) {
    this.#events = events;
    this.#adapter = adapter;
  }

  row({ name, schedule }: Pick<BenchmarkRow, 'name' | 'schedule'>, done: number, total: number): void {
    const label = spoken(methodUnit(name).label);
    this.#row = { what: reduces(name) ? `${label} ${schedule}` : label, done, total };
    this.#tell(this.#row.what);
  }

  estimate(seconds: number): void {
    this.#ends = performance.now() + 1000 * seconds;
    this.#tell(this.#row.what);
  }

  /** @param stage a row's preparation, such as compiling; its end is told at once. */
  prepares(stage: string, done: number, total: number): void {
    if (done === total) this.#tell(this.#row.what);
    else if (this.#events.dueBusy()) this.#tell(`${stage}, ${done} of ${total}`);
  }

  #tell(what: string): void {
    const { done, total } = this.#row;
    const secondsLeft = this.#ends === null ? 0 : (this.#ends - performance.now()) / 1000;
    const left = secondsLeft > 0 ? { secondsLeft } : {};
    this.#events.send({ kind: 'busy', what: `${this.#adapter}: ${what}`, done, total, ...left });
  }
}
