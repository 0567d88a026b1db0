import { verifyGolden } from '../engine/training/verify.js';
import { setUpRun } from '../engine/training/setup.js';
import { readGoldenFile } from '../formats/golden.js';
import { byteSourceFromBlob } from '../formats/sources.js';
import type { BenchmarkRow, GivenFile, VerifyReport } from '../protocol/api.js';
import type { ByteSource } from '../protocol/bytes.js';
import { PAPER_RECIPE, type Configuration } from '../protocol/configuration.js';
import type { Engine } from './engine.js';
import type { Events } from './events.js';
import { BUNDLED, type Model } from './models.js';
import { fetchPageFile } from './page-files.js';

/** The files of other implementations' numbers that come with the page. */
const GOLDEN_FILES = ['plain_lora', 'tome_lora', 'pyra_lora', 'pyra_adapter', 'pyra_distilled'].map(
  (name) => `golden/${name}.safetensors`,
);

/** Runs the given golden files on this adapter, or those that come with the page where none are given. */
export async function verify(engine: Engine, events: Events, given: readonly GivenFile[]): Promise<VerifyReport[]> {
  const sources: (() => Promise<ByteSource>)[] =
    given.length > 0
      ? given.map(
          ({ path, file }) =>
            async () =>
              byteSourceFromBlob(path, file),
        )
      : GOLDEN_FILES.map((path) => async () => byteSourceFromBlob(path.replace('golden/', ''), await fetchPageFile(path)));
  const reports: VerifyReport[] = [];
  for (const [index, open] of sources.entries()) {
    const source = await open();
    events.busy(`Verifying ${source.name}`, index, sources.length);
    reports.push(await engine.exclusively(async () => verifyGolden(engine.gpu, await readGoldenFile(source))));
  }
  return reports;
}

/** What is measured, the uncompressed network first. */
const ROWS = [
  ['none', 'none'],
  ['tome', 'low'],
  ['tome', 'high'],
  ['pyra', 'low'],
  ['pyra', 'high'],
] as const satisfies readonly (readonly [Configuration['method'], string])[];

const BENCHMARK_BATCH = 16;
/** Each measurement runs at least so often and so long: enough to be steady on a card, and short on a processor. */
const LEAST_RUNS = 3;
const LEAST_MILLISECONDS = 700;
const CLASSES = 10;

/** Throughput of inference and training with LoRA, for each method and schedule, at the recipe's image size or the model's own. */
export async function benchmark(engine: Engine, events: Events, model: Model): Promise<BenchmarkRow[]> {
  const rows: BenchmarkRow[] = [];
  for (const [index, [method, schedule]] of ROWS.entries()) {
    events.busy(`Measuring ${method}, ${schedule}`, index, ROWS.length);
    rows.push(await benchmarkRow(engine, events, model, method, schedule));
  }
  return rows;
}

async function benchmarkRow(
  engine: Engine,
  events: Events,
  model: Model,
  method: Configuration['method'],
  schedule: string,
): Promise<BenchmarkRow> {
  const imageSize = model.name === BUNDLED ? PAPER_RECIPE.imageSize : model.architecture.imageSize;
  const setup = setUpRun({ ...PAPER_RECIPE, model: model.name, imageSize, method, schedule }, model.architecture, CLASSES);
  const network = await engine.network(model, setup);
  const plans: { destroy(): void }[] = [];
  const onProgress = (done: number, total: number): void => events.busy(`Preparing ${method}, ${schedule}`, done, total);
  try {
    const pixels = new Uint8Array(BENCHMARK_BATCH * imageSize * imageSize * 4).map((_, i) => (i * 73) % 251);
    const labels = Uint32Array.from({ length: BENCHMARK_BATCH }, (_, i) => i % CLASSES);
    const batch = { pixels, labels, count: BENCHMARK_BATCH };
    const evaluator = await network.evaluator(BENCHMARK_BATCH, onProgress);
    plans.push(evaluator);
    const inference = await secondsOf(() => evaluator.logits(batch));
    const trainer = await network.trainer(BENCHMARK_BATCH, onProgress);
    plans.push(trainer);
    const rates = { learningRate: 1e-4, pyraLearningRate: 1e-4, weightDecay: 0 };
    let number = 0;
    const training = await secondsOf(() => trainer.step(batch, { ...rates, number: number++ }));
    return {
      name: method,
      schedule,
      tokensLeft: setup.schedule.tokens.at(-1) ?? 0,
      gmacs: setup.macs / 1e9,
      inferenceImagesPerSecond: BENCHMARK_BATCH / inference,
      trainingImagesPerSecond: BENCHMARK_BATCH / training,
      gflops: (2 * trainer.macs) / training / 1e9,
    };
  } finally {
    for (const plan of plans) plan.destroy();
    network.destroy();
  }
}

/** Seconds of one run, with two under way as in training; the first, which warms up, is not counted. */
async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  await run();
  const began = performance.now();
  let runs = 0;
  let underWay = run();
  while (runs < LEAST_RUNS || performance.now() - began < LEAST_MILLISECONDS) {
    const next = run();
    await underWay;
    underWay = next;
    runs++;
  }
  await underWay;
  return (performance.now() - began) / 1000 / (runs + 1);
}
