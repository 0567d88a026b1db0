/** An estimate with the ends of its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval of a proportion (Wilson, JASA 1927). Unlike the normal approximation it stays within 0 and 1 and is accurate
 * near both.
 *
 * @param successes the number of successes among `trials`, which must be at least 1.
 */
export function proportionInterval(successes: number, trials: number): Interval {
  const value = successes / trials;
  const spread = Z ** 2 / trials;
  const centre = (value + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((value * (1 - value)) / trials + spread / (4 * trials))) / (1 + spread);
  return { value, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * P(|T| <= t) of Student's distribution for a whole number of degrees of freedom, as a finite sum
 * (Abramowitz and Stegun, 26.7.3 and 26.7.4).
 */
function withinT(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine ** 2 * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/** The 97.5 % quantile of Student's distribution with a whole number of degrees of freedom, at least 1. */
export function studentQuantile(degrees: number): number {
  let [low, high] = [0, 16];
  for (let i = 0; i < 64; i++) {
    const middle = (low + high) / 2;
    if (withinT(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation (n - 1); 0 for fewer than two values. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * Mean of independent values and its 95 % interval by Student's t.
 *
 * @returns null for fewer than two values, whose spread is unknown.
 */
export function meanInterval(values: readonly number[]): Interval | null {
  if (values.length < 2) return null;
  const value = mean(values);
  const half = (studentQuantile(values.length - 1) * deviation(values)) / Math.sqrt(values.length);
  return { value, low: value - half, high: value + half };
}

/** How often exactly one of two classifiers was right on the same pictures, for each of the two. */
export interface Disagreement {
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly pictures: number;
}

/**
 * Counts the pictures on which exactly one of two classifiers was right.
 *
 * @param first for each picture, whether the first was right; `second` has the same pictures in the same order. Throws if they differ in
 *   length.
 */
export function disagreement(first: readonly boolean[], second: readonly boolean[]): Disagreement {
  if (first.length !== second.length) {
    throw new Error(`disagreement: ${first.length} pictures of the one, ${second.length} of the other`);
  }
  let onlyFirst = 0;
  let onlySecond = 0;
  first.forEach((right, picture) => {
    if (right && !second[picture]) onlyFirst++;
    if (!right && second[picture]) onlySecond++;
  });
  return { onlyFirst, onlySecond, pictures: first.length };
}

/**
 * The p-value of McNemar's exact test: the probability of a disagreement at least as uneven if neither classifier is better (McNemar,
 * Psychometrika 1947; two-sided binomial).
 */
export function mcNemar({ onlyFirst, onlySecond }: Disagreement): number {
  const trials = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= fewer; k++) {
    sum += Math.exp(logChoose - trials * Math.LN2);
    logChoose += Math.log(trials - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * sum);
}

/** Difference of two accuracies on the same pictures, first minus second, with its 95 % interval over pictures. */
export function pairedDifference({ onlyFirst, onlySecond, pictures }: Disagreement): Interval {
  const value = (onlyFirst - onlySecond) / pictures;
  const half = (Z * Math.sqrt(Math.max(0, onlyFirst + onlySecond - (onlyFirst - onlySecond) ** 2 / pictures))) / pictures;
  return { value, low: value - half, high: value + half };
}
