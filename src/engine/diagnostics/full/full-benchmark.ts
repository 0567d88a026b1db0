import type { CandidateRow, FullBenchmark, FullRow, ProductRow } from '../../../protocol/benchmark/full.js';
import { reduces, UNREDUCED } from '../../../vit/methods/index.js';
import { measureCandidates } from '../../machines/webgpu/measure/candidates.js';
import { measurePeak } from '../../machines/webgpu/measure/peak.js';
import { WebGpuMachine } from '../../machines/webgpu/machine.js';
import { isProductClass, productClass, productTrials } from '../../machines/webgpu/operations/product.js';
import type { Machine, Program } from '../../plan/machine.js';
import type { BenchmarkChoices } from '../../training/benchmark.js';
import { verifyGolden, type GoldenCase } from '../../training/verify.js';
import { Budget } from './budget.js';
import { kernelPrograms, measureKernels } from './kernels.js';
import { measurePlans, setUpCase, type PlanCase } from './plans.js';
import { KEPT_BACK, missing, Runner, type Task } from './runner.js';
import { MODELS, productShapes, type Model, type ProductShape } from './shapes.js';

/** The most minutes that the whole benchmark takes. */
export const FULL_MINUTES = 8;
/** The share of the remaining time that each part may take; the networks get the rest. */
const SHARES = { golden: 0.25, products: 0.45, kernels: 0.2 } as const;
/** Multiply-accumulates of a training step, relative to the forward's. */
const STEP_PER_FORWARD = 2.2;

export interface FullOptions extends Omit<BenchmarkChoices, 'profile'> {
  readonly minutes: number;
  readonly golden: readonly { readonly name: string; readonly open: () => Promise<GoldenCase> }[];
  /** Opens the machine, and opens it again after it was lost. */
  readonly openMachine: () => Promise<Machine>;
  readonly onStage?: (what: string, done: number, total: number) => void;
}

/**
 * Measures everything about an adapter that a few minutes allow: whether its numbers are right, its peak performance, and how close each
 * candidate kernel, each operation and each network come to it. Rows are given as they are measured. Where the time is too short, or the
 * adapter was lost during a measurement, a row says so; the rest is measured on the adapter after it was opened again.
 */
export async function* fullBenchmark(options: FullOptions): AsyncGenerator<FullRow, Omit<FullBenchmark, 'rows' | 'toggles'>> {
  const clock = performance.now();
  const began = new Date().toISOString();
  const whole = new Budget(Math.max(0, 60 * options.minutes - KEPT_BACK));
  const runner = new Runner(whole, options.openMachine);
  try {
    yield* runner.all(goldenTasks(options), whole.part(SHARES.golden));
    yield* runner.all([peakTask], whole);
    yield* runner.all(productTasks(options.batch), whole.part(SHARES.products));
    yield* runner.all(kernelTasks(options.batch), whole.part(SHARES.kernels));
    yield* runner.all(planTasks(options), whole);
    const machine = await runner.machine();
    return {
      ...{ adapter: machine.adapter, began, seconds: (performance.now() - clock) / 1000 },
      choices: machine instanceof WebGpuMachine ? machine.tuner.choices : {},
    };
  } finally {
    await runner.close();
  }
}

function goldenTasks({ golden }: FullOptions): Task[] {
  return golden.map(({ name, open }) => ({
    what: `golden file ${name}`,
    macs: 0,
    async *run(machine) {
      const { passed, rows } = await verifyGolden(machine, await open());
      const over = rows.filter((row) => !row.passed).map(({ tensor }) => tensor);
      yield { section: 'golden', file: name, passed, tensors: rows.length, over };
    },
  }));
}

const peakTask: Task = {
  what: 'peak of multiply-adds and of copies',
  macs: 0,
  async *run(machine) {
    if (machine instanceof WebGpuMachine) yield { section: 'peak', ...(await measurePeak(machine.gpu)) };
    else yield missing('peak of multiply-adds and of copies', 'this machine computes on processors');
  },
};

function productTasks(batch: number): Task[] {
  const all = MODELS.flatMap((model) =>
    productShapes(model, model.depth, batch).map((shape) => ({ model, shape, macs: shape.rows * shape.columns * shape.depth })),
  );
  return all.map(({ model, shape, macs }) => ({
    what: `candidates for ${model.name} ${shape.layer}, ${shape.direction}`,
    macs,
    run: (machine, budget) => productRows(machine, budget, model, shape),
  }));
}

async function* productRows(machine: Machine, budget: Budget, model: Model, shape: ProductShape): AsyncGenerator<FullRow, void> {
  if (!(machine instanceof WebGpuMachine)) return;
  const { rows, columns, depth } = shape;
  const sizes = { rows, columns, depth, transposed: shape.direction === 'forward' };
  const share = budget.part(1 / 8);
  for await (const { candidate, milliseconds } of measureCandidates(machine.gpu, productTrials(machine.gpu, sizes))) {
    yield {
      ...{ section: 'product', model: model.name, ...shape, candidate, milliseconds, shapeClass: productClass(sizes) },
      teraflops: (2 * rows * columns * depth) / milliseconds / 1e9,
      gigabytes: (4 * (rows * depth + columns * depth + rows * columns)) / milliseconds / 1e6,
    } satisfies ProductRow;
    if (share.left === 0) return;
  }
}

function kernelTasks(batch: number): Task[] {
  return MODELS.flatMap((model) =>
    kernelPrograms(model, batch).map((program): Task => ({
      what: `kernels of ${program.label}`,
      macs: 0,
      async *run(machine, budget) {
        yield* candidateRows(machine, budget, model, program);
        yield* await measureKernels(machine, model, program);
      },
    })),
  );
}

/** Every candidate for what a program chooses among, but for products, which are measured before. */
async function* candidateRows(machine: Machine, budget: Budget, model: Model, program: Program): AsyncGenerator<FullRow, void> {
  if (!(machine instanceof WebGpuMachine)) return;
  for (const [choice, { candidates }] of machine.choicesIn(program)) {
    if (isProductClass(choice)) continue;
    const share = budget.part(1 / 8);
    for await (const { candidate, milliseconds } of measureCandidates(machine.gpu, candidates)) {
      yield { section: 'candidate', model: model.name, choice, candidate, milliseconds } satisfies CandidateRow;
      if (share.left === 0) break;
    }
  }
}

function planTasks({ batch, methods, schedules, train, seconds, onStage }: FullOptions): Task[] {
  const cases = MODELS.flatMap((model) =>
    methods.flatMap((method) =>
      (reduces(method) ? schedules : ['none']).map((schedule): PlanCase => ({ model, method, schedule, batch })),
    ),
  );
  const plain = cases.filter(({ method }) => method === UNREDUCED);
  return [...plain, ...cases.filter((one) => !plain.includes(one))].map((one): Task => {
    const macs = setUpCase(one).macs * one.batch;
    return {
      what: `${one.model.name}, ${one.method}, ${one.schedule}, batch ${one.batch}`,
      macs: train ? macs * (1 + STEP_PER_FORWARD) : macs,
      run: (machine, budget) => measurePlans(machine, one, { train, seconds, timeLeft: () => budget.left > 0, onStage }),
    };
  });
}
