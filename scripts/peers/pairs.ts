/** Compares the times of two sides on a machine that other work may disturb: they take turns, and each pair of runs gives a ratio. */

export interface Side {
  readonly run: () => Promise<unknown>;
}

/** The times of a run of each side, in milliseconds. */
export type Pair = readonly [first: number, second: number];

/** Quartiles and median of ratios. */
export interface Spread {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  readonly pairs: number;
}

export interface PairOptions {
  /** The least time for all pairs, in seconds. */
  readonly seconds: number;
  readonly leastPairs: number;
  /** The clock in milliseconds; `performance.now` except in tests. */
  readonly now: () => number;
  /** Waits between two runs. */
  readonly rest: () => Promise<void>;
}

/**
 * Measures the times of the two sides, pair by pair, after a warm-up run of each. The side that begins alternates, so that neither gains
 * from what the other leaves behind.
 */
export async function pairsOf(first: Side, second: Side, { seconds, leastPairs, now, rest }: PairOptions): Promise<Pair[]> {
  const timed = async ({ run }: Side): Promise<number> => {
    await rest();
    const began = now();
    await run();
    return now() - began;
  };
  await first.run();
  await second.run();
  const pairs: Pair[] = [];
  const end = now() + 1000 * seconds;
  while (pairs.length < leastPairs || now() < end) {
    if (pairs.length % 2 === 0) {
      const own = await timed(first);
      pairs.push([own, await timed(second)]);
    } else {
      const other = await timed(second);
      pairs.push([await timed(first), other]);
    }
  }
  return pairs;
}

/** Median and quartiles, interpolated between neighbours. */
export function spreadOf(ratios: readonly number[]): Spread {
  const sorted = [...ratios].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
    return below + (place - Math.floor(place)) * (above - below);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75), pairs: sorted.length };
}

/**
 * The second side's time over the first's, of the fastest run of each. Where a core is shared with other virtual machines, runs take one of
 * two times; the fastest had the core to themselves.
 */
export function ofTheFastest(pairs: readonly Pair[]): number {
  const least = (side: 0 | 1): number => Math.min(...pairs.map((pair) => pair[side]));
  return least(1) / least(0);
}

/** The lines of a Markdown table, whose columns from the fifth on are numbers. */
export const HEAD = [
  '| model | host | build | what | median | quartiles | wanted | of the fastest | pairs | ms | beside ms |',
  '|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|',
] as const;

/** The target of a ratio. */
export type Wanted = { readonly least: number } | { readonly most: number };

export interface Row {
  readonly model: string;
  readonly host: string;
  readonly build: string;
  readonly what: string;
  readonly spread: Spread;
  readonly wanted?: Wanted | undefined;
  /** {@link ofTheFastest} of the same pairs. */
  readonly fastest: number;
  /** The median time of each side, in milliseconds. */
  readonly medians: Pair;
}

export function rowLine({ model, host, build, what, spread, wanted, fastest, medians }: Row): string {
  const { lower, median, upper, pairs } = spread;
  const cells = [model, host, build, what, median.toFixed(2), `${lower.toFixed(2)} to ${upper.toFixed(2)}`];
  const times = medians.map((milliseconds) => milliseconds.toFixed(milliseconds < 10 ? 1 : 0));
  return `| ${[...cells, wantedText(wanted, median), fastest.toFixed(2), String(pairs), ...times].join(' | ')} |`;
}

/** The target, and a word if the printed ratio misses it. */
function wantedText(wanted: Wanted | undefined, ratio: number): string {
  if (!wanted) return '';
  const printed = Number(ratio.toFixed(2));
  const [text, met] =
    'least' in wanted ? [`≥ ${wanted.least}`, printed >= wanted.least] : [`≤ ${wanted.most}`, printed <= wanted.most];
  return met ? text : `${text}, missed`;
}
