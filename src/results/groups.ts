import type { RunRecord } from '../protocol/runs/run.js';
import { scheduleOf } from '../vit/configuration.js';
import { deviation, meanInterval, proportionInterval, type Interval } from './intervals.js';

/** Runs that differ only in their seed: one point of a figure, one row of a table. */
export interface RunGroup {
  readonly key: string;
  /** One run for each seed, ordered by seed. */
  readonly runs: readonly RunRecord[];
  /** Mean test accuracy over the seeds, 0 to 1. */
  readonly accuracy: number;
  /** Sample standard deviation over the seeds; 0 for one. */
  readonly deviation: number;
  /**
   * 95 % interval of the accuracy: of the mean over seeds by Student's t if there are several, else over the pictures of the one run
   * (Wilson), which says nothing about other seeds.
   */
  readonly interval: Interval;
  readonly over: 'seeds' | 'pictures';
  /** Number of test pictures of each run. */
  readonly pictures: number;
  /** Multiply-accumulates of the forward of one picture, in 10^9. */
  readonly gmacs: number;
}

/** A key for a run's configuration without its seed. Without merging the schedule is left out, since it is not used. */
export function configurationKey({ configuration }: RunRecord): string {
  const { seed: _seed, ...rest } = configuration;
  return JSON.stringify({ ...rest, schedule: scheduleOf(rest) });
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Groups finished runs that have a test result. Of several runs with the same seed the latest counts. */
export function groupRuns(records: readonly RunRecord[]): RunGroup[] {
  const groups = new Map<string, Map<number, RunRecord>>();
  const measured = records.filter((run) => run.state === 'finished' && run.test !== null);
  for (const run of [...measured].sort((a, b) => byText(a.finished ?? '', b.finished ?? ''))) {
    const key = configurationKey(run);
    const group = groups.get(key) ?? new Map<number, RunRecord>();
    group.set(run.configuration.seed, run);
    groups.set(key, group);
  }
  return [...groups].flatMap(([key, seeds]) => {
    const runs = [...seeds.values()].sort((a, b) => a.configuration.seed - b.configuration.seed);
    const [first] = runs;
    if (!first?.test) return [];
    const accuracies = runs.map((run) => run.test?.accuracy ?? 0);
    const overSeeds = meanInterval(accuracies);
    const interval = overSeeds ?? proportionInterval(Math.round(first.test.accuracy * first.test.images), first.test.images);
    return [
      {
        key,
        runs,
        accuracy: interval.value,
        deviation: deviation(accuracies),
        interval,
        over: overSeeds ? ('seeds' as const) : ('pictures' as const),
        pictures: first.test.images,
        gmacs: first.macs / 1e9,
      },
    ];
  });
}
