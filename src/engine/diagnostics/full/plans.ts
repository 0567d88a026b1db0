import type { PlanRow, Precision } from '../../../protocol/benchmark/full.js';
import type { Method } from '../../../vit/methods/index.js';
import { PAPER_RECIPE } from '../../../vit/configuration.js';
import { createNetwork } from '../../model/network.js';
import type { Evaluator, Trainer } from '../../model/types.js';
import type { Handed, Machine, OperationTime, Progress } from '../../plan/machine.js';
import { profileRows } from '../../training/profile.js';
import { setUpRun, type RunSetup } from '../../training/setup.js';
import { compiledWithin, type Budget } from './budget.js';
import { architectureOf, meaninglessWeights, SIDE, type Model } from './shapes.js';

const CLASSES = 10;
/** Each measurement has at least this many runs, unless they take long. */
const LEAST_RUNS = 3;
const LONG_MILLISECONDS = 2000;

/** The options that a precision stands for. */
const HALVES: Record<Precision, { readonly halfWeights?: boolean; readonly halfActivations?: boolean }> = {
  float32: {},
  'half weights': { halfWeights: true },
  'half weights and activations': { halfWeights: true, halfActivations: true },
};

/** A network to measure. */
export interface PlanCase {
  readonly model: Model;
  readonly method: Method;
  readonly schedule: string;
  readonly batch: number;
  readonly precision: Precision;
}

export function setUpCase({ model, method, schedule, precision }: PlanCase): RunSetup {
  const configuration = { ...PAPER_RECIPE, imageSize: SIDE, method, schedule, ...HALVES[precision] };
  return setUpRun(configuration, architectureOf(model), CLASSES);
}

export interface PlanChoices {
  /** Whether training steps are measured as well. */
  readonly train: boolean;
  /** The shortest time of a measurement, in seconds. */
  readonly seconds: number;
  /** Ends compilations, and decides between two parts whether there is time for another one. */
  readonly budget: Budget;
  readonly onStage?: ((what: string, done: number, total: number) => void) | undefined;
}

/** Measures the forward of a network and, if asked for and possible, its training steps. */
export async function* measurePlans(machine: Machine, wanted: PlanCase, choices: PlanChoices): AsyncGenerator<PlanRow, void> {
  const { model, batch: count } = wanted;
  const setup = setUpCase(wanted);
  const { architecture, options } = setup;
  const network = await createNetwork(machine, architecture, meaninglessWeights(architecture), options);
  const pixels = new Uint8Array(count * SIDE * SIDE * 4).map((_, i) => (i * 73) % 251);
  const batch = { pixels, labels: Uint32Array.from({ length: count }, (_, i) => i % CLASSES), count };
  const stage = (): Progress =>
    compiledWithin(choices.budget, (done, total, what) =>
      choices.onStage?.(`${what} for ${model.name}, ${wanted.schedule}`, done, total),
    );
  const rowOf = (what: 'forward' | 'step', plan: Evaluator | Trainer, measured: Measured): PlanRow => ({
    ...{ section: 'plan', model: model.name, method: wanted.method, schedule: wanted.schedule, what, batch: count },
    precision: wanted.precision,
    ...{ milliseconds: measured.milliseconds, picturesPerSecond: (1000 * count) / measured.milliseconds },
    teraflops: (2 * plan.macs) / measured.milliseconds / 1e9,
    operations: measured.operations,
    ...handedOf(plan.handed),
    ...{ compileMilliseconds: measured.compileMilliseconds, planBytes: plan.bytes, weightBytes: network.bytes },
  });
  try {
    let began = performance.now();
    const evaluator = await network.evaluator(count, stage());
    try {
      const compileMilliseconds = performance.now() - began;
      const run = (): Promise<unknown> => evaluator.logits(batch);
      yield rowOf(
        'forward',
        evaluator,
        await measured(compileMilliseconds, choices.seconds, run, () => evaluator.profile(batch)),
      );
    } finally {
      evaluator.destroy();
    }
    if (!choices.train || choices.budget.left === 0) return;
    began = performance.now();
    const trainer = await network.trainer(count, stage());
    try {
      const compileMilliseconds = performance.now() - began;
      let number = 0;
      const rates = () => ({ learningRate: 1e-4, pyraLearningRate: 1e-4, weightDecay: 0, number: number++ });
      const run = (): Promise<unknown> => trainer.step(batch, rates());
      const profile = (): Promise<readonly OperationTime[]> => trainer.profile(batch, rates());
      yield rowOf('step', trainer, await measured(compileMilliseconds, choices.seconds, run, profile));
    } finally {
      trainer.destroy();
    }
  } finally {
    network.destroy();
  }
}

const handedOf = (handed: Handed | undefined) => ({
  dispatches: handed?.dispatches ?? null,
  submissions: handed?.submissions ?? null,
  encodeMilliseconds: handed?.milliseconds ?? null,
});

interface Measured {
  readonly compileMilliseconds: number;
  readonly milliseconds: number;
  readonly operations: PlanRow['operations'];
}

/** Two runs are under way at a time, as in training. The first run is a warm-up and is not counted. */
async function measured(
  compileMilliseconds: number,
  seconds: number,
  run: () => Promise<unknown>,
  profile: () => Promise<readonly OperationTime[]>,
): Promise<Measured> {
  await run();
  const began = performance.now();
  let runs = 0;
  let underWay = run();
  const gone = (): number => performance.now() - began;
  while (gone() < 1000 * seconds || (runs < LEAST_RUNS && gone() < LONG_MILLISECONDS)) {
    const next = run();
    await underWay;
    underWay = next;
    runs++;
  }
  await underWay;
  const milliseconds = (performance.now() - began) / (runs + 1);
  return { compileMilliseconds, milliseconds, operations: profileRows([await profile()]) };
}
