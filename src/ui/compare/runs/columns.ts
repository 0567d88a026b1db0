import { columnValue, type Column } from '../../../results/runs/run-table.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { count, percent, significant } from '../../format.js';

/** The columns' heads, and their explanations. */
export const COLUMN_NAMES: Readonly<Record<Column, { readonly label: string; readonly title: string }>> = {
  schedule: { label: 'Rate', title: 'Schedule: how many tokens merge in each block' },
  seed: { label: 'Seed', title: 'Seed of the run' },
  accuracy: {
    label: 'Acc.',
    title: 'Test accuracy; in grey, validation accuracy: while a run trains, or if there is no test part',
  },
  balanced: { label: 'Balanced', title: 'Balanced accuracy on the test part: the mean of the recalls of all classes' },
  macroF1: { label: 'Macro F1', title: 'Mean of the F1 scores of all classes on the test part' },
  loss: { label: 'Loss', title: 'Loss on the test part, in nats' },
  macs: { label: 'GMACs', title: 'Billions of multiply-accumulates of one picture’s forward' },
  speed: { label: 'img/s', title: 'Measured inference speed, in images per second' },
  trained: { label: 'Weights', title: 'Number of trained weights' },
  tokens: { label: 'Tokens', title: 'Tokens left after the last block' },
  data: { label: 'Data', title: 'Data set' },
  epochs: { label: 'Epochs', title: 'Number of epochs trained' },
};

const WORDS: ReadonlySet<Column> = new Set(['schedule', 'data']);
/** Whether a column's first sort is ascending: words and seeds are; measurements and dates begin with the largest. */
export const sortsUpwards = (column: Column | 'method' | 'started'): boolean =>
  column === 'method' || column === 'seed' || (column !== 'started' && WORDS.has(column));

export function formatColumn(column: Column, value: number): string {
  switch (column) {
    case 'accuracy':
    case 'balanced':
    case 'macroF1':
      return percent(value);
    case 'loss':
      return value.toFixed(3);
    case 'macs':
      return significant(value / 1e9);
    case 'speed':
      return count(value < 100 ? value : Math.round(value));
    default:
      return count(value);
  }
}

/** A standard deviation in the unit of its column, without the unit. */
export function formatDeviation(column: Column, value: number): string {
  if (column === 'accuracy' || column === 'balanced' || column === 'macroF1') return (value * 100).toFixed(1);
  if (column === 'macs') return significant(value / 1e9, 1);
  return significant(value, 2);
}

export function cellWords(run: RunRecord, column: Column): string {
  const value = columnValue(run, column);
  if (value === null) return '–';
  return typeof value === 'string' ? value : formatColumn(column, value);
}
