import type { Architecture } from '../vit/architecture.js';
import { isDrawn, type Configuration } from '../vit/configuration.js';
import { PROPOSED, reduces, TRAINING_FREE, type Method } from '../vit/methods/index.js';
import { optionTakes, rangeOf } from '../vit/ranges.js';
import type { RunRecord } from '../protocol/runs/run.js';
import { combinations } from '../protocol/sweep.js';
import { scheduleProblem } from './schedule.js';

/** What a person chose and typed for a sweep. */
export interface SweepTexts {
  readonly methods: readonly Method[];
  readonly schedules: string;
  readonly seeds: string;
}

export interface SweepPlan {
  /** Empty while something that was typed is not valid. */
  readonly configurations: readonly Configuration[];
  /** Why the schedules, or the seeds, cannot be taken, as a sentence. */
  readonly schedules: string | null;
  readonly seeds: string | null;
}

/** The most seeds for each method and schedule: more are taken for a typing mistake. */
const MOST_SEEDS = 100;

const wordsOf = (text: string): string[] => text.split(/[;\s]+/).filter((word) => word !== '');

type Seeds = { readonly ok: true; readonly seeds: readonly number[] } | { readonly ok: false; readonly why: string };

const refused = (why: string): Seeds => ({ ok: false, why });

/** Reads `0 1 2` or `0-4` as seeds. */
export function readSeeds(text: string): Seeds {
  const seeds: number[] = [];
  for (const word of wordsOf(text.replaceAll(',', ' '))) {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
    if (first === undefined) return refused(`'${word}' is no seed: ${rangeOf('seed')}, or several as 0 1 2 or 0-2.`);
    const [from, to] = [Number(first), Number(last ?? first)];
    if (!optionTakes('seed', from) || !optionTakes('seed', to))
      return refused(`'${word}' is more than a seed can be: ${rangeOf('seed')}.`);
    if (to < from) return refused(`'${word}' runs backwards: write ${to}-${from}.`);
    if (seeds.length + to - from + 1 > MOST_SEEDS) return refused(`At most ${MOST_SEEDS} seeds.`);
    for (let seed = from; seed <= to; seed++) seeds.push(seed);
  }
  return seeds.length === 0 ? refused('At least one seed, such as 0.') : { ok: true, seeds };
}

/** Why one of the schedules does not fit the model; null where they fit, or no method merges. */
function schedulesProblem(
  words: readonly string[],
  configuration: Configuration,
  architecture: Architecture | undefined,
): string | null {
  if (words.length === 0) return 'At least one schedule, such as low.';
  for (const schedule of words) {
    const problem = architecture ? scheduleProblem({ ...configuration, schedule }, architecture) : null;
    if (problem !== null) return `${schedule}: ${problem}`;
  }
  return null;
}

/** The runs of a sweep, and why what was typed is not valid. */
export function planSweep(base: Configuration, architecture: Architecture | undefined, texts: SweepTexts): SweepPlan {
  const seeds = readSeeds(texts.seeds);
  const words = wordsOf(texts.schedules);
  const merging = texts.methods.find(reduces);
  const schedules = merging === undefined ? null : schedulesProblem(words, { ...base, method: merging }, architecture);
  if (!seeds.ok) return { configurations: [], schedules, seeds: seeds.why };
  if (schedules !== null) return { configurations: [], schedules, seeds: null };
  const configurations = combinations(base, { methods: texts.methods, schedules: words, seeds: seeds.seeds });
  return { configurations, schedules: null, seeds: null };
}

/** What "Compare PYRA with ToMe" trains: both methods at the paper's two rates, with three seeds each. */
export const COMPARISON: SweepTexts = { methods: [TRAINING_FREE, PROPOSED], schedules: 'low high', seeds: '0-2' };

/**
 * Those of which there is no finished run. Only of drawn tasks: other data may have changed under its name, so that those runs are made
 * again.
 */
export function notYetRun(configurations: readonly Configuration[], runs: readonly RunRecord[]): Configuration[] {
  const known = new Set(
    runs.filter(({ state }) => state === 'finished').map(({ configuration }) => JSON.stringify(configuration)),
  );
  return configurations.filter((configuration) => !isDrawn(configuration.data) || !known.has(JSON.stringify(configuration)));
}
