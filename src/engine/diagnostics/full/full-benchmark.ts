import type { FullBenchmark, FullRow } from '../../../protocol/benchmark/full.js';
import { WebGpuMachine } from '../../machines/webgpu/machine.js';
import type { Machine } from '../../plan/machine.js';
import { Budget } from './budget.js';
import { KEPT_BACK, Runner, type Task } from './runner.js';
import { candidateTasks, goldenTasks, kernelTasks, peakTask, planTasks, productTasks, type TaskOptions } from './tasks.js';
import { MODELS } from './shapes.js';

/** The most minutes that the whole benchmark takes. */
export const FULL_MINUTES = 8;
/** The share of the remaining time that each part may take; the networks get the rest. */
const SHARES = { golden: 0.25, products: 0.45, kernels: 0.2 } as const;
/** So many of a product's candidates, the likeliest, are measured for every shape before any other. */
const LIKELIEST = 8;

export interface FullOptions extends TaskOptions {
  readonly minutes: number;
  /** Opens the machine, and opens it again after it was lost. */
  readonly openMachine: () => Promise<Machine>;
}

/**
 * Measures everything about an adapter that a few minutes allow: whether its numbers are right, its peak performance, and how close each
 * candidate kernel, each operation and each network come to it. Rows are given as they are measured, one of each kind first. Where the time is
 * too short, or the adapter was lost during a measurement, a row says so; the rest is measured on the adapter after it was opened again.
 */
export async function* fullBenchmark(options: FullOptions): AsyncGenerator<FullRow, Omit<FullBenchmark, 'rows' | 'toggles'>> {
  const clock = performance.now();
  const began = new Date().toISOString();
  const whole = new Budget(Math.max(0, 60 * options.minutes - KEPT_BACK));
  const opened: Machine[] = [];
  const runner = new Runner(whole, async () => {
    const machine = await options.openMachine();
    opened.push(machine);
    return machine;
  });
  try {
    const { first, parts } = inOrder(options);
    for (const { tasks, share } of [...first, ...parts]) yield* runner.all(tasks, share === null ? whole : whole.part(share));
    const { adapter } = opened.at(-1) ?? (await runner.machine());
    return { adapter, began, seconds: (performance.now() - clock) / 1000, choices: choicesOf(opened) };
  } finally {
    await runner.close();
  }
}

/** What the tuners chose. */
const choicesOf = (machines: readonly Machine[]): Record<string, string> =>
  Object.fromEntries(
    machines.flatMap((machine) => (machine instanceof WebGpuMachine ? Object.entries(machine.tuner.choices) : [])),
  );

interface Part {
  readonly tasks: readonly Task[];
  /** Of the time that is left, from 0 to 1; null for all of it. */
  readonly share: number | null;
}

/** All tasks: the first, or the smallest, of each kind, and then the rest of each kind. */
function inOrder(options: FullOptions): { first: Part[]; parts: Part[] } {
  const { batch } = options;
  const [golden, kernels, plans] = [goldenTasks(options), kernelTasks(batch), planTasks(options)];
  const products = productTasks(batch, 0, LIKELIEST);
  const smallest = plans.toSorted((one, other) => one.macs - other.macs).slice(0, 1);
  const ofOneModel = kernels.slice(0, kernels.length / MODELS.length);
  const rest = (tasks: readonly Task[], done: readonly Task[]): Task[] => tasks.filter((task) => !done.includes(task));
  return {
    first: [
      { tasks: [peakTask], share: null },
      { tasks: golden.slice(0, 1), share: SHARES.golden },
      { tasks: products.slice(0, 1), share: SHARES.products },
      { tasks: ofOneModel, share: SHARES.kernels },
      { tasks: smallest, share: null },
    ],
    parts: [
      { tasks: golden.slice(1), share: SHARES.golden },
      { tasks: [...products.slice(1), ...productTasks(batch, LIKELIEST)], share: SHARES.products },
      { tasks: [...rest(kernels, ofOneModel), ...candidateTasks(batch)], share: SHARES.kernels },
      { tasks: rest(plans, smallest), share: null },
    ],
  };
}
