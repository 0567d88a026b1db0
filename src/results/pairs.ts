import type { RunRecord } from '../protocol/runs/run.js';
import type { Method } from '../vit/methods/index.js';
import { configurationKey } from './groups.js';
import { unpackRight } from '../protocol/right.js';
import { disagreement, meanInterval, type Disagreement, type Interval } from './intervals.js';

/**
 * Two methods compared in pairs of runs. The runs of a pair have the same configuration, seed, initial weights, batches, dropout masks and
 * pictures, so that their difference comes from the method.
 */
export interface PairedComparison {
  readonly data: string;
  readonly model: string;
  readonly schedule: string;
  /** The seeds of the pairs, in order. */
  readonly seeds: readonly number[];
  /** For each pair, first minus second: test accuracy (0 to 1) here, test loss (nats) in `losses`. */
  readonly accuracies: readonly number[];
  readonly losses: readonly number[];
  /** Mean difference with its 95 % interval over pairs; null for fewer than two pairs. */
  readonly accuracy: Interval | null;
  readonly loss: Interval | null;
  /** Disagreement on the test pictures of all pairs; null if a run does not say which pictures it got right. */
  readonly pictures: Disagreement | null;
}

/** On how many test pictures exactly one of two runs was right; null if that is not known. */
function differing({ test: first }: RunRecord, { test: second }: RunRecord): Disagreement | null {
  if (!first?.right || !second?.right || first.images !== second.images) return null;
  const [one, other] = [unpackRight(first.right, first.images), unpackRight(second.right, second.images)];
  return one && other ? disagreement(one, other) : null;
}

/** The sum of disagreements on different pictures; null if one of them is not known. */
export function together(all: readonly (Disagreement | null)[]): Disagreement | null {
  const known = all.flatMap((entry) => entry ?? []);
  if (known.length === 0 || known.length < all.length) return null;
  const sum = (of: (entry: Disagreement) => number): number => known.reduce((total, entry) => total + of(entry), 0);
  return {
    onlyFirst: sum(({ onlyFirst }) => onlyFirst),
    onlySecond: sum(({ onlySecond }) => onlySecond),
    pictures: sum(({ pictures }) => pictures),
  };
}

/** A key that the two runs of a pair share. PYRA's learning rate belongs to the method, so it may differ. */
function pairKey(run: RunRecord): string {
  const { seed, method: _method, pyraLearningRate: _rate, ...rest } = run.configuration;
  return JSON.stringify([seed, rest, run.dataFingerprint]);
}

/** Of equal runs, such as one of the study and a person's own, only the one that finished last, so that they count once. */
function newestOfEach(runs: readonly RunRecord[]): RunRecord[] {
  const sorted = [...runs].sort(
    (a, b) => Number((a.finished ?? '') > (b.finished ?? '')) - Number((a.finished ?? '') < (b.finished ?? '')),
  );
  const key = (run: RunRecord): string => JSON.stringify([configurationKey(run), pairKey(run)]);
  return [...new Map(sorted.map((run) => [key(run), run])).values()];
}

/** The comparisons, first minus second, for every schedule, data set and backbone with runs of both methods. */
export function comparePairs(records: readonly RunRecord[], first: Method, second: Method): PairedComparison[] {
  const finished = newestOfEach(records.filter((run) => run.state === 'finished' && run.test !== null));
  const seconds = new Map(finished.filter((run) => run.configuration.method === second).map((run) => [pairKey(run), run]));
  const found = new Map<string, { run: RunRecord; other: RunRecord }[]>();
  for (const run of finished) {
    const other = run.configuration.method === first ? seconds.get(pairKey(run)) : undefined;
    if (!other) continue;
    const key = configurationKey(run);
    found.set(key, [...(found.get(key) ?? []), { run, other }]);
  }
  return [...found.values()].flatMap((pairs) => {
    const sorted = [...pairs].sort((a, b) => a.run.configuration.seed - b.run.configuration.seed);
    const [one] = sorted;
    if (!one) return [];
    const { data, model, schedule } = one.run.configuration;
    const accuracies = sorted.map(({ run, other }) => (run.test?.accuracy ?? NaN) - (other.test?.accuracy ?? NaN));
    const losses = sorted.map(({ run, other }) => (run.test?.loss ?? NaN) - (other.test?.loss ?? NaN));
    const seeds = sorted.map(({ run }) => run.configuration.seed);
    const pictures = together(sorted.map(({ run, other }) => differing(run, other)));
    const intervals = { accuracy: meanInterval(accuracies), loss: meanInterval(losses) };
    return [{ data, model, schedule, seeds, accuracies, losses, ...intervals, pictures }];
  });
}

/** The mean difference over the pairs of several comparisons, each pair counting once. */
export function pooled(comparisons: readonly PairedComparison[]): {
  accuracy: Interval | null;
  loss: Interval | null;
  pictures: Disagreement | null;
  pairs: number;
} {
  const accuracies = comparisons.flatMap((comparison) => comparison.accuracies);
  return {
    accuracy: meanInterval(accuracies),
    loss: meanInterval(comparisons.flatMap((comparison) => comparison.losses)),
    pictures: together(comparisons.map(({ pictures }) => pictures)),
    pairs: accuracies.length,
  };
}
