import type { RunRecord } from '../protocol/run.js';
import { scheduleOf } from '../vit/configuration.js';
import { deviation, meanInterval, proportionInterval, type Interval } from './intervals.js';

/** Runs that are equal but for their seed: one point of a figure, one row of a table. */
export interface RunGroup {
  readonly key: string;
  /** One run for each seed, by seed. */
  readonly runs: readonly RunRecord[];
  /** Mean test accuracy over the seeds, 0 to 1. */
  readonly accuracy: number;
  /** Sample standard deviation over the seeds; 0 for one. */
  readonly deviation: number;
  /**
   * 95 % interval of the accuracy: of the mean over seeds by Student's t where there are several, else over the pictures of the
   * one (Wilson), which says nothing of how another seed would have done.
   */
  readonly interval: Interval;
  readonly over: 'seeds' | 'pictures';
  /** Test pictures of one run. */
  readonly pictures: number;
  /** Multiply-accumulates of one picture's forward, in 10^9. */
  readonly gmacs: number;
}

/** What tells a run's configuration from others, its seed aside. Without merging the schedule is not used. */
export function configurationKey({ configuration }: RunRecord): string {
  const { seed: _seed, ...rest } = configuration;
  return JSON.stringify({ ...rest, schedule: scheduleOf(rest) });
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Finished runs with a test result, each group with its seeds once: of two runs with one seed the later counts. */
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
