import type { RunRecord } from '../protocol/runs/run.js';
import { METHODS, PROPOSED, reduces, TRAINING_FREE, methodUnit, type Method } from '../vit/methods/index.js';
import { mcNemar, pairedDifference, type Interval } from './intervals.js';
import { comparePairs, pooled, type PairedComparison } from './pairs.js';

/** A row of {@link differenceRows}: the comparison at one rate, of one data set or of all together. */
export interface DifferenceRow {
  readonly name: string;
  readonly schedule: string;
  readonly comparisons: readonly PairedComparison[];
}

/** A method against ToMe at each rate: for each data set, and for all together if there are several. */
export function differenceRows(records: readonly RunRecord[], method: Method = PROPOSED): DifferenceRow[] {
  const found = comparePairs(records, method, TRAINING_FREE).sort((a, b) => (a.data < b.data ? -1 : Number(a.data > b.data)));
  return [...new Set(found.map(({ schedule }) => schedule))].sort().flatMap((schedule) => {
    const own = found.filter((comparison) => comparison.schedule === schedule);
    const each = own.map((comparison) => ({ name: comparison.data, schedule, comparisons: [comparison] }));
    return own.length > 1 ? [...each, { name: 'together', schedule, comparisons: own }] : each;
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const signed = (value: number, places: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(places)}`;
const ends = (interval: Interval | null, scale: number, places: number): string =>
  interval ? `${signed(interval.low * scale, places)} to ${signed(interval.high * scale, places)}` : 'one pair';

/** {@link differenceRows} as a table of text with a head: points of accuracy, nats of loss, intervals over pairs and over pictures. */
export function differenceTable(records: readonly RunRecord[], method: Method = PROPOSED): string[][] {
  const rows = differenceRows(records, method).map(({ name, schedule, comparisons }) => {
    const { accuracy, loss, pictures, pairs } = pooled(comparisons);
    return [
      ...[name, schedule, String(pairs)],
      signed(100 * mean(comparisons.flatMap(({ accuracies }) => accuracies)), 2),
      ends(accuracy, 100, 2),
      pictures ? ends(pairedDifference(pictures), 100, 2) : '',
      pictures ? mcNemar(pictures).toPrecision(2) : '',
      signed(mean(comparisons.flatMap(({ losses }) => losses)), 4),
      ends(loss, 1, 4),
    ];
  });
  if (rows.length === 0) return [];
  const title = `${methodUnit(method).label} minus ${methodUnit(TRAINING_FREE).label}`;
  return [[title, 'rate', 'pairs', 'points', 'over pairs', 'over pictures', 'McNemar p', 'nats', 'over pairs'], ...rows];
}

/** The table of PYRA against ToMe, then those of the other methods that have pairs with ToMe. */
export function differenceTables(records: readonly RunRecord[]): string[][][] {
  const others = METHODS.filter((method) => reduces(method) && method !== PROPOSED && method !== TRAINING_FREE);
  return [PROPOSED, ...others].map((method) => differenceTable(records, method)).filter((table) => table.length > 0);
}

/** Whether the first method is shown to be better than the second, as a sentence. */
export function verdict({ comparisons }: DifferenceRow): string {
  const { accuracy, pictures, pairs } = pooled(comparisons);
  const [first, second] = [methodUnit(PROPOSED).label, methodUnit(TRAINING_FREE).label];
  const interval = accuracy ?? (pictures ? pairedDifference(pictures) : null);
  if (!interval) return `One pair, whose pictures are not known: it shows nothing of ${first} against ${second}.`;
  const over = accuracy ? `${pairs} pairs` : 'the pictures of one pair, so of this seed alone';
  if (interval.low > 0) return `${first} is more accurate than ${second}, by the 95 % interval over ${over}.`;
  if (interval.high < 0) return `${first} is less accurate than ${second}, by the 95 % interval over ${over}.`;
  return `Neither is shown to be better: the 95 % interval over ${over}${accuracy ? '' : ','} includes 0.`;
}
