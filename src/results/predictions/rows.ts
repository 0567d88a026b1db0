/** A run's predictions, for the page's table and for the CSV file of page and command line. */
import type { PredictedPicture, PredictedRow } from '../../protocol/predictions.js';
import { toCsv } from '../csv.js';

export const PREDICTION_COLUMNS = ['picture', 'class', 'confidence', 'milliseconds'] as const;
export type PredictionColumn = (typeof PREDICTION_COLUMNS)[number];

/** A CSV file with one line for each picture, in the given order. Confidence (0 to 1) has four decimals, milliseconds have two. */
export const predictionsCsv = (rows: readonly PredictedPicture[]): string =>
  toCsv([
    PREDICTION_COLUMNS,
    ...rows.map((row) => [row.picture, row.class, row.confidence.toFixed(4), row.milliseconds.toFixed(2)]),
  ]);

export interface PredictionSort {
  readonly key: PredictionColumn;
  readonly descending: boolean;
}

export interface PredictionFilter {
  /** Null for all classes. */
  readonly class: string | null;
  /** Bounds of the confidence, 0 to 1, both included. */
  readonly least: number;
  readonly most: number;
}

export const EVERYTHING: PredictionFilter = { class: null, least: 0, most: 1 };

export const filterPredictions = (rows: readonly PredictedRow[], filter: PredictionFilter): PredictedRow[] =>
  rows.filter(
    (row) =>
      (filter.class === null || row.class === filter.class) && row.confidence >= filter.least && row.confidence <= filter.most,
  );

function compare(a: PredictedRow, b: PredictedRow, column: PredictionColumn): number {
  switch (column) {
    case 'picture':
      return a.index - b.index;
    case 'class':
      return a.class < b.class ? -1 : a.class > b.class ? 1 : 0;
    case 'confidence':
    case 'milliseconds':
      return a[column] - b[column];
  }
}

/** Sorts predictions; equal ones stay in the order of their pictures. */
export const sortPredictions = (rows: readonly PredictedRow[], { key, descending }: PredictionSort): PredictedRow[] =>
  [...rows].sort((a, b) => (descending ? compare(b, a, key) : compare(a, b, key)) || a.index - b.index);

/** How many pictures were predicted as each class, the most first. */
export function countsByClass(rows: readonly PredictedRow[]): { readonly class: string; readonly pictures: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.class, (counts.get(row.class) ?? 0) + 1);
  return [...counts].map(([name, pictures]) => ({ class: name, pictures })).sort((a, b) => b.pictures - a.pictures);
}

/** Forwards per second, by the median of times in milliseconds, which a single slow picture does not change; null without times. */
export function imagesPerSecond(milliseconds: readonly number[]): number | null {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return middle === undefined || middle <= 0 ? null : 1000 / middle;
}
