/** What the full benchmark measures, each thing as a task. */
import type { CandidateRow, FullRow, Precision, ProductRow } from '../../../protocol/benchmark/full.js';
import { reduces, UNREDUCED } from '../../../vit/methods/index.js';
import { measureCandidates } from '../../machines/webgpu/measure/candidates.js';
import { measurePeak } from '../../machines/webgpu/measure/peak.js';
import { WebGpuMachine } from '../../machines/webgpu/machine.js';
import { isProductClass, productClass, productTrials } from '../../machines/webgpu/operations/product.js';
import type { Candidate } from '../../machines/webgpu/lowering.js';
import type { Machine, Program } from '../../plan/machine.js';
import type { BenchmarkChoices } from '../../training/benchmark.js';
import { verifyGolden, type GoldenCase } from '../../training/verify.js';
import { compiledWithin, type Budget } from './budget.js';
import { kernelPrograms, measureKernels } from './kernels.js';
import { measurePlans, setUpCase, type PlanCase } from './plans.js';
import { missing, OUT_OF_TIME, type Task } from './runner.js';
import { MODELS, productShapes, type Model, type ProductShape } from './shapes.js';

/** Multiply-accumulates of a training step, relative to the forward's. */
const STEP_PER_FORWARD = 2.2;
/** The share of a part's remaining time that the candidates of one choice may take. */
const SHARE = 1 / 8;

export interface TaskOptions extends Omit<BenchmarkChoices, 'profile'> {
  readonly golden: readonly { readonly name: string; readonly open: () => Promise<GoldenCase> }[];
  readonly onStage?: (what: string, done: number, total: number) => void;
}

export function goldenTasks({ golden, onStage }: TaskOptions): Task[] {
  return golden.map(({ name, open }) => ({
    what: `golden file ${name}`,
    macs: 0,
    async *run(machine, budget) {
      const stage = compiledWithin(budget, (done, total, what) => onStage?.(`${what} for ${name}`, done, total));
      const { passed, rows } = await verifyGolden(machine, await open(), stage);
      const over = rows.filter((row) => !row.passed).map(({ tensor }) => tensor);
      yield { section: 'golden', file: name, passed, tensors: rows.length, over };
    },
  }));
}

const PEAK = 'peak of multiply-adds and of copies';

export const peakTask: Task = {
  what: PEAK,
  macs: 0,
  async *run(machine) {
    if (machine instanceof WebGpuMachine) yield { section: 'peak', ...(await measurePeak(machine.gpu)) };
    else yield missing(PEAK, 'this machine computes on processors');
  },
};

/**
 * The products of all models.
 * @param from the first candidate of each, in the order of their likelihood, and `to` the first that is not measured.
 */
export function productTasks(batch: number, from: number, to = Number.POSITIVE_INFINITY): Task[] {
  return MODELS.flatMap((model) =>
    productShapes(model, model.depth, batch).map((shape): Task => {
      const what = `${from > 0 ? 'further ' : ''}candidates for ${model.name} ${shape.layer}, ${shape.direction}`;
      return {
        what,
        macs: shape.rows * shape.columns * shape.depth,
        run: (machine, budget) => productRows(machine, budget, { model, shape, what, from, to }),
      };
    }),
  );
}

interface ProductPart {
  readonly model: Model;
  readonly shape: ProductShape;
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

async function* productRows(machine: Machine, budget: Budget, part: ProductPart): AsyncGenerator<FullRow, void> {
  if (!(machine instanceof WebGpuMachine)) return;
  const { model, shape, what, from, to } = part;
  const { rows, columns, depth } = shape;
  const sizes = { rows, columns, depth, transposed: shape.direction === 'forward' };
  const trials = productTrials(machine.gpu, sizes).slice(from, to);
  yield* measuredWithin(
    machine,
    budget,
    what,
    trials,
    (candidate, milliseconds) =>
      ({
        ...{ section: 'product', model: model.name, ...shape, candidate, milliseconds, shapeClass: productClass(sizes) },
        teraflops: (2 * rows * columns * depth) / milliseconds / 1e9,
        gigabytes: (4 * (rows * depth + columns * depth + rows * columns)) / milliseconds / 1e6,
      }) satisfies ProductRow,
  );
}

/** A row for each candidate that fits into its share of the budget; a last one says how many did not. */
async function* measuredWithin(
  { gpu }: WebGpuMachine,
  budget: Budget,
  what: string,
  candidates: readonly Candidate[],
  rowOf: (candidate: string, milliseconds: number, work: { readonly macs: number; readonly bytes: number }) => FullRow,
): AsyncGenerator<FullRow, void> {
  const share = budget.part(SHARE);
  let measured = 0;
  for await (const { candidate, milliseconds, ...work } of measureCandidates(gpu, candidates)) {
    measured++;
    yield rowOf(candidate, milliseconds, work);
    if (share.left === 0) break;
  }
  const left = candidates.length - measured;
  if (left > 0) yield missing(`${left} of ${candidates.length} ${what}`, OUT_OF_TIME);
}

/** Attention, merging and norms, operation by operation. */
export function kernelTasks(batch: number): Task[] {
  return MODELS.flatMap((model) =>
    kernelPrograms(model, batch).map((program): Task => ({
      what: `kernels of ${program.label}`,
      macs: 0,
      async *run(machine, budget) {
        yield* await measureKernels(machine, model, program, compiledWithin(budget));
      },
    })),
  );
}

/** Every candidate for what these programs choose among, but for products, which have tasks of their own. */
export function candidateTasks(batch: number): Task[] {
  return MODELS.flatMap((model) =>
    kernelPrograms(model, batch).map((program): Task => ({
      what: `candidates of ${program.label}`,
      macs: 0,
      run: (machine, budget) => candidateRows(machine, budget, model, program),
    })),
  );
}

async function* candidateRows(machine: Machine, budget: Budget, model: Model, program: Program): AsyncGenerator<FullRow, void> {
  if (!(machine instanceof WebGpuMachine)) return;
  for (const [choice, { candidates }] of machine.choicesIn(program)) {
    if (isProductClass(choice)) continue;
    const what = `candidates for ${model.name} ${choice}`;
    yield* measuredWithin(
      machine,
      budget,
      what,
      candidates,
      (candidate, milliseconds, { macs, bytes }) =>
        ({
          ...{ section: 'candidate', model: model.name, choice, candidate, milliseconds },
          teraflops: macs > 0 ? (2 * macs) / milliseconds / 1e9 : null,
          gigabytes: bytes / milliseconds / 1e6,
        }) satisfies CandidateRow,
    );
  }
}

const HALVES: readonly Precision[] = ['half weights', 'half weights and activations'];

/** The networks: first all without merging, in float32 and with what can be in half precision, then the others in float32. */
function planCases({ batch, methods, schedules, train }: TaskOptions): PlanCase[] {
  const cases = MODELS.flatMap((model) =>
    methods.flatMap((method) =>
      (reduces(method) ? schedules : ['none']).map((schedule): PlanCase => ({
        model,
        method,
        schedule,
        batch,
        precision: 'float32',
      })),
    ),
  );
  const plain = cases.filter(({ method }) => method === UNREDUCED);
  const first = MODELS.flatMap((model) => cases.filter((one) => one.model === model).slice(0, 1));
  // Activations are kept in training only.
  const halves = HALVES.slice(0, train ? 2 : 1).flatMap((precision) => first.map((one) => ({ ...one, precision })));
  return [...plain, ...halves, ...cases.filter((one) => !plain.includes(one))];
}

export function planTasks(options: TaskOptions): Task[] {
  const { train, seconds, onStage } = options;
  return planCases(options).map((one): Task => {
    const macs = setUpCase(one).macs * one.batch;
    const precision = one.precision === 'float32' ? '' : `, ${one.precision}`;
    return {
      what: `${one.model.name}, ${one.method}, ${one.schedule}, batch ${one.batch}${precision}`,
      macs: train ? macs * (1 + STEP_PER_FORWARD) : macs,
      run: (machine, budget) => measurePlans(machine, one, { train, seconds, budget, onStage }),
    };
  });
}
