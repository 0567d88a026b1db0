/** Measures two things against each other on a machine that other work may disturb: they take turns, and each pair gives one ratio. */

export interface Side {
  readonly run: () => Promise<unknown>;
}

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
  /** Between two runs: a peer's threads may spin for a while after theirs. */
  readonly rest: () => Promise<void>;
}

/**
 * How many times as fast the first side is as the second, pair by pair: the second's time over the first's. Which of the two begins
 * alternates, so that neither gains by what the other leaves behind. Each runs once before anything counts.
 */
export async function ratiosOf(first: Side, second: Side, { seconds, leastPairs, now, rest }: PairOptions): Promise<number[]> {
  const timed = async ({ run }: Side): Promise<number> => {
    await rest();
    const began = now();
    await run();
    return now() - began;
  };
  await first.run();
  await second.run();
  const ratios: number[] = [];
  const end = now() + 1000 * seconds;
  while (ratios.length < leastPairs || now() < end) {
    if (ratios.length % 2 === 0) {
      const own = await timed(first);
      ratios.push((await timed(second)) / own);
    } else {
      const other = await timed(second);
      ratios.push(other / (await timed(first)));
    }
  }
  return ratios;
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

/** Lines of a Markdown table; numbers to the right from the third column on. */
export const HEAD = ['| model | host | build | what | median | quartiles | pairs |', '|---|---|---|---|---:|---:|---:|'] as const;

export interface Row {
  readonly model: string;
  readonly host: string;
  readonly build: string;
  readonly what: string;
  readonly spread: Spread;
}

export function rowLine({ model, host, build, what, spread }: Row): string {
  const { lower, median, upper, pairs } = spread;
  const cells = [model, host, build, what, median.toFixed(2), `${lower.toFixed(2)} to ${upper.toFixed(2)}`, String(pairs)];
  return `| ${cells.join(' | ')} |`;
}
