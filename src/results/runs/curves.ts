import type { RunRecord } from '../../protocol/runs/run.js';
import type { Method } from '../../vit/methods/index.js';

export const QUANTITIES = ['loss', 'accuracy'] as const;
export type Quantity = (typeof QUANTITIES)[number];

type EpochRecord = RunRecord['epochs'][number];

const TRAINING: Readonly<Record<Quantity, (epoch: EpochRecord) => number>> = {
  loss: ({ trainLoss }) => trainLoss,
  accuracy: ({ trainAccuracy }) => trainAccuracy,
};
const VALIDATION: Readonly<Record<Quantity, (epoch: EpochRecord) => number | null>> = {
  loss: ({ validationLoss }) => validationLoss,
  accuracy: ({ validationAccuracy }) => validationAccuracy,
};

/** Moving means over a run's batches; x is in epochs. */
export interface StepCurve {
  readonly runId: string;
  readonly epochs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** The most points drawn: more than a plot has pixels would only cost time. */
const MOST_POINTS = 1500;

/** At most {@link MOST_POINTS} evenly spaced indices below `length`, always including the last. */
export function thinned(length: number): number[] {
  const stride = Math.max(1, Math.ceil(length / MOST_POINTS));
  const indices: number[] = [];
  for (let index = (length - 1) % stride; index < length; index += stride) indices.push(index);
  return indices;
}

/** x in epochs, then the batches of the training run, then training and validation of each run; null where there is no value. */
export type CurveColumns = [number[], ...(number | null)[][]];

/** The curves of runs as one table ordered by x: the column of the batches, then two columns for each run. */
export function curveColumns(runs: readonly RunRecord[], steps: StepCurve | null, quantity: Quantity): CurveColumns {
  const width = 1 + 2 * runs.length;
  const rows = new Map<number, (number | null)[]>();
  const put = (x: number, column: number, value: number | null): void => {
    const row = rows.get(x) ?? Array<number | null>(width).fill(null);
    row[column] = value;
    rows.set(x, row);
  };
  if (steps) for (const index of thinned(steps.epochs.length)) put(steps.epochs[index] ?? 0, 0, steps.values[index] ?? null);
  runs.forEach(({ epochs }, index) => {
    for (const epoch of epochs) {
      put(epoch.epoch, 1 + 2 * index, TRAINING[quantity](epoch));
      put(epoch.epoch, 2 + 2 * index, VALIDATION[quantity](epoch));
    }
  });
  const sorted = [...rows].sort((a, b) => a[0] - b[0]);
  const columns = Array.from({ length: width }, (_, column) => sorted.map(([, row]) => row[column] ?? null));
  return [sorted.map(([x]) => x), ...columns];
}

/** The least length of the vertical axis, so that small differences are not magnified. */
const LEAST_SPAN: Readonly<Record<Quantity, number>> = { loss: 0.05, accuracy: 0.05 };

/** The ends of the vertical axis: the values with a little room, and accuracy within 0 and 1. */
export function curveRange(columns: CurveColumns, quantity: Quantity): [number, number] {
  const values = columns
    .slice(1)
    .flatMap((column) => column.flatMap((value) => (value !== null && Number.isFinite(value) ? [value] : [])));
  if (values.length === 0) return [0, 1];
  // Not `Math.min(...values)`: there may be more values than a call can have arguments.
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  const pad = Math.max((high - low) * 0.06, (LEAST_SPAN[quantity] - (high - low)) / 2);
  return [Math.max(0, low - pad), quantity === 'accuracy' ? Math.min(1, high + pad) : high + pad];
}

/** The length of the horizontal axis in epochs: those that were run, and all of the training run. */
export function epochsShown(runs: readonly RunRecord[], activeId: string | null): number {
  return Math.max(1, ...runs.map((run) => (run.id === activeId ? run.configuration.epochs : run.epochs.length)));
}

/** How a run's curves are drawn: in its method's colour, with a different dash for each run of that method. */
export interface CurveStyle {
  readonly method: Method;
  readonly dash: readonly number[];
}

const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3], [4, 2, 1, 2, 1, 2]];

export function curveStyles(runs: readonly RunRecord[]): CurveStyle[] {
  const seen = new Map<string, number>();
  return runs.map(({ configuration: { method } }) => {
    const index = seen.get(method) ?? 0;
    seen.set(method, index + 1);
    return { method, dash: DASHES[index % DASHES.length] ?? [] };
  });
}
