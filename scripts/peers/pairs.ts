/** Measures two things against each other on a machine that other work may disturb: they take turns, and each pair gives one ratio. */

export interface Side {
  readonly run: () => Promise<unknown>;
}

/** Milliseconds of a run of each side. */
export type Pair = readonly [first: number, second: number];

/** Of ratios, in ascending order of what they are called. */
export interface Spread {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  readonly pairs: number;
}

export interface PairOptions {
  /** Pairs are measured for so long at least. */
  readonly seconds: number;
  readonly leastPairs: number;
  /** Milliseconds; `performance.now`, but for tests. */
  readonly now: () => number;
  /** Between two runs. */
  readonly rest: () => Promise<void>;
}

/**
 * Times of the two sides, pair by pair. Which of the two begins alternates, so that neither gains by what the other leaves behind.
 * Each runs once before anything counts.
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

/** Median and quartiles, between neighbours where they fall between two. */
export function spreadOf(ratios: readonly number[]): Spread {
  const sorted = [...ratios].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
    return below + (place - Math.floor(place)) * (above - below);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75), pairs: sorted.length };
}

/** Lines of a Markdown table; numbers to the right from the fifth column on. */
export const HEAD = [
  '| model | host | build | what | median | quartiles | wanted | pairs | ms | beside ms |',
  '|---|---|---|---|---:|---:|---:|---:|---:|---:|',
] as const;

/** What a ratio should come to. */
export type Wanted = { readonly least: number } | { readonly most: number };

export interface Row {
  readonly model: string;
  readonly host: string;
  readonly build: string;
  readonly what: string;
  readonly spread: Spread;
  readonly wanted?: Wanted | undefined;
  /** The medians of the two sides' times, in milliseconds. */
  readonly medians: Pair;
}

export function rowLine({ model, host, build, what, spread, wanted, medians }: Row): string {
  const { lower, median, upper, pairs } = spread;
  const cells = [model, host, build, what, median.toFixed(2), `${lower.toFixed(2)} to ${upper.toFixed(2)}`];
  const times = medians.map((milliseconds) => milliseconds.toFixed(milliseconds < 10 ? 1 : 0));
  return `| ${[...cells, wantedText(wanted, median), String(pairs), ...times].join(' | ')} |`;
}

/** The bound, and a word where the ratio, as printed, is on the wrong side of it. */
function wantedText(wanted: Wanted | undefined, ratio: number): string {
  if (!wanted) return '';
  const printed = Number(ratio.toFixed(2));
  const [text, met] =
    'least' in wanted ? [`≥ ${wanted.least}`, printed >= wanted.least] : [`≤ ${wanted.most}`, printed <= wanted.most];
  return met ? text : `${text}, missed`;
}
