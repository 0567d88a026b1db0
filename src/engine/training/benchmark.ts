import type { BenchmarkRow, ProfileRow } from '../../protocol/api.js';
import type { Architecture } from '../../vit/architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { COMPARED, reduces, UNREDUCED, type Method } from '../../vit/methods/index.js';
import type { Network } from '../model/types.js';
import type { OperationTime, Progress } from '../plan/machine.js';
import { profileRows } from './profile.js';
import { setUpRun, type RunSetup } from './setup.js';

const CLASSES = 10;
/** The least number of runs in each measurement. */
const LEAST_RUNS = 3;
/** The work of a training step with LoRA relative to a forward, for an estimate of the time. */
const STEP_PER_FORWARD = 2.2;

/** What is measured. */
export interface BenchmarkChoices {
  /** Pictures in a batch. */
  readonly batch: number;
  readonly methods: readonly Method[];
  /** The schedules for methods that reduce tokens; other methods run with `none`. */
  readonly schedules: readonly string[];
  /** Whether training steps with LoRA are measured as well. */
  readonly train: boolean;
  /** The least duration of each measurement. */
  readonly seconds: number;
  /** Whether the time of each operation is measured as well. */
  readonly profile: boolean;
}

export const BENCHMARK_DEFAULTS: BenchmarkChoices = {
  batch: 16,
  methods: COMPARED,
  schedules: ['low', 'high'],
  train: true,
  seconds: 0.7,
  profile: false,
};

export interface BenchmarkOptions extends BenchmarkChoices {
  readonly architecture: Architecture;
  readonly imageSize: number;
  createNetwork(setup: RunSetup): Promise<Network>;
  onProgress?(what: string, done: number, total: number): void;
  /** Called before a row is measured. @param done the number of rows before it. */
  onRow?(row: Pick<BenchmarkRow, 'name' | 'schedule'>, done: number, total: number): void;
  /** Called after the first forward with the estimated duration of the rest, without compiling. */
  onEstimate?(seconds: number): void;
}

/**
 * Measures the throughput of inference, and of training with LoRA, for each method and schedule, and yields a row after each. The network
 * without merging comes first. Throws `schedule.invalid` for a schedule that does not fit.
 */
export async function* benchmark(options: BenchmarkOptions): AsyncGenerator<BenchmarkRow, void> {
  const { architecture, imageSize, schedules } = options;
  const rows = options.methods.flatMap((method) =>
    (reduces(method) ? schedules : ['none']).map((schedule) => ({ method, schedule })),
  );
  const plain = rows.filter(({ method }) => method === UNREDUCED);
  const ordered = [...plain, ...rows.filter((row) => !plain.includes(row))];
  const setups = ordered.map(({ method, schedule }) =>
    setUpRun({ ...PAPER_RECIPE, imageSize, method, schedule }, architecture, CLASSES),
  );
  const macs = setups.map((setup) => setup.macs);
  let estimated = false;
  for (const [done, setup] of setups.entries()) {
    const { method, schedule } = setup.configuration;
    options.onRow?.({ name: method, schedule }, done, setups.length);
    yield await measureRow(options, setup, (secondsPerMac) => {
      if (!estimated) options.onEstimate?.(secondsOfAll(options, macs, secondsPerMac));
      estimated = true;
    });
  }
}

function secondsOfAll({ batch, train, seconds }: BenchmarkChoices, macs: readonly number[], secondsPerMac: number): number {
  const measurement = (work: number): number => {
    const run = work * batch * secondsPerMac;
    // One run warms up, and one is still under way when the time is over.
    return run + Math.max(seconds, LEAST_RUNS * run) + run;
  };
  return macs.reduce((sum, work) => sum + measurement(work) + (train ? measurement(work * STEP_PER_FORWARD) : 0), 0);
}

async function measureRow(
  options: BenchmarkOptions,
  setup: RunSetup,
  onForward: (secondsPerMac: number) => void,
): Promise<BenchmarkRow> {
  const { imageSize, batch: count, train } = options;
  const { method, schedule } = setup.configuration;
  const network = await options.createNetwork(setup);
  const plans: { destroy(): void }[] = [];
  const onProgress: Progress = (done, total, stage) => options.onProgress?.(`${stage} for ${method}, ${schedule}`, done, total);
  try {
    const pixels = new Uint8Array(count * imageSize * imageSize * 4).map((_, i) => (i * 73) % 251);
    const labels = Uint32Array.from({ length: count }, (_, i) => i % CLASSES);
    const batch = { pixels, labels, count };
    const evaluator = await network.evaluator(count, onProgress);
    plans.push(evaluator);
    const forward = (): Promise<unknown> => evaluator.logits(batch);
    await forward();
    const began = performance.now();
    await forward();
    onForward((performance.now() - began) / 1000 / (count * setup.macs));
    const inference = await secondsOf(forward, options.seconds);
    const training = train ? await measureTraining(network, batch, options, plans, onProgress) : null;
    const profile = options.profile && {
      inference: await profileFor(options.seconds, () => evaluator.profile(batch)),
      training: training && (await profileFor(options.seconds, training.profile)),
    };
    return {
      ...(profile ? { profile } : {}),
      name: method,
      schedule,
      tokensLeft: setup.schedule.tokens.at(-1) ?? 0,
      gmacs: setup.macs / 1e9,
      inferenceImagesPerSecond: count / inference,
      inferenceGflops: (2 * evaluator.macs) / inference / 1e9,
      trainingImagesPerSecond: training && count / training.seconds,
      trainingGflops: training && (2 * training.macs) / training.seconds / 1e9,
    };
  } finally {
    for (const plan of plans) plan.destroy();
    network.destroy();
  }
}

async function measureTraining(
  network: Network,
  batch: { readonly pixels: Uint8Array<ArrayBuffer>; readonly labels: Uint32Array<ArrayBuffer>; readonly count: number },
  { seconds }: BenchmarkChoices,
  plans: { destroy(): void }[],
  onProgress: Progress,
): Promise<{ seconds: number; macs: number; profile: () => Promise<readonly OperationTime[]> }> {
  const trainer = await network.trainer(batch.count, onProgress);
  plans.push(trainer);
  let number = 0;
  const rates = () => ({ learningRate: 1e-4, pyraLearningRate: 1e-4, weightDecay: 0, number: number++ });
  const step = (): Promise<unknown> => trainer.step(batch, rates());
  await step();
  return {
    seconds: await secondsOf(step, seconds),
    macs: trainer.macs,
    profile: () => trainer.profile(batch, rates()),
  };
}

async function profileFor(leastSeconds: number, profile: () => Promise<readonly OperationTime[]>): Promise<ProfileRow[]> {
  const began = performance.now();
  const runs: (readonly OperationTime[])[] = [];
  do runs.push(await profile());
  while (performance.now() - began < leastSeconds * 1000);
  return profileRows(runs);
}

/** The seconds of one run, with two runs under way as in training. The caller has already warmed up. */
async function secondsOf(run: () => Promise<unknown>, leastSeconds: number): Promise<number> {
  const began = performance.now();
  let runs = 0;
  let underWay = run();
  while (runs < LEAST_RUNS || performance.now() - began < leastSeconds * 1000) {
    const next = run();
    await underWay;
    underWay = next;
    runs++;
  }
  await underWay;
  return (performance.now() - began) / 1000 / (runs + 1);
}
