import type { BenchmarkRow } from '../../protocol/api.js';
import type { Architecture } from '../../vit/architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { COMPARED, reduces, type Method } from '../../vit/methods/index.js';
import type { Network } from '../model/types.js';
import { setUpRun, type RunSetup } from './setup.js';

/** What is measured, the uncompressed network first. */
const ROWS = COMPARED.flatMap((method) =>
  (reduces(method) ? ['low', 'high'] : ['none']).map((schedule) => [method, schedule] as const),
);

/** Pictures in a batch. */
export const BENCHMARK_BATCH = 16;
const CLASSES = 10;
/** Each measurement runs at least so often and so long: enough to be steady on a card, and short on a processor. */
const LEAST_RUNS = 3;
const LEAST_MILLISECONDS = 700;

export interface BenchmarkOptions {
  readonly architecture: Architecture;
  readonly imageSize: number;
  createNetwork(setup: RunSetup): Promise<Network>;
  onProgress?(what: string, done: number, total: number): void;
}

/** Throughput of inference, and of training with LoRA, for each method and schedule; rows come as they are measured. */
export async function* benchmark(options: BenchmarkOptions): AsyncGenerator<BenchmarkRow, void> {
  for (const [method, schedule] of ROWS) yield await measureRow(options, method, schedule);
}

async function measureRow(options: BenchmarkOptions, method: Method, schedule: string): Promise<BenchmarkRow> {
  const { architecture, imageSize } = options;
  const setup = setUpRun({ ...PAPER_RECIPE, imageSize, method, schedule }, architecture, CLASSES);
  const network = await options.createNetwork(setup);
  const plans: { destroy(): void }[] = [];
  const onProgress = (done: number, total: number): void => options.onProgress?.(`Preparing ${method}, ${schedule}`, done, total);
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
