import type { RunRecord } from '../protocol/runs/run.js';
import { balancedAccuracy, macroF1 } from './scores.js';

type Cell = string | number;

interface Column {
  readonly name: string;
  cell(run: RunRecord): Cell;
}

const IDENTITY: readonly Column[] = [
  { name: 'data', cell: ({ configuration }) => configuration.data },
  { name: 'model', cell: ({ configuration }) => configuration.model },
  { name: 'method', cell: ({ configuration }) => configuration.method },
  { name: 'adapter', cell: ({ configuration }) => configuration.peft },
  { name: 'schedule', cell: ({ configuration }) => configuration.schedule },
  { name: 'seed', cell: ({ configuration }) => configuration.seed },
  { name: 'image_size', cell: ({ configuration }) => configuration.imageSize },
  { name: 'epochs', cell: ({ configuration }) => configuration.epochs },
];

const digits = (value: number | null | undefined, places: number): Cell =>
  value === null || value === undefined ? '' : value.toFixed(places);

/** Columns that configuration and data decide. They are equal on all machines that compute the same bits, in whatever order runs ran. */
const RESULTS: readonly Column[] = [
  ...IDENTITY,
  { name: 'state', cell: ({ state }) => state },
  { name: 'best_epoch', cell: ({ bestEpoch }) => bestEpoch ?? '' },
  { name: 'validation_accuracy', cell: ({ validation }) => digits(validation?.accuracy, 6) },
  { name: 'validation_loss', cell: ({ validation }) => digits(validation?.loss, 6) },
  { name: 'test_accuracy', cell: ({ test }) => digits(test?.accuracy, 6) },
  { name: 'test_balanced_accuracy', cell: ({ test }) => (test ? digits(balancedAccuracy(test.confusion), 6) : '') },
  { name: 'test_macro_f1', cell: ({ test }) => (test ? digits(macroF1(test.confusion), 6) : '') },
  { name: 'test_loss', cell: ({ test }) => digits(test?.loss, 6) },
  { name: 'test_pictures', cell: ({ test }) => test?.images ?? '' },
  { name: 'gmacs', cell: ({ macs }) => digits(macs / 1e9, 6) },
  { name: 'tokens_left', cell: ({ tokens }) => tokens.at(-1) ?? '' },
  { name: 'trained_parameters', cell: ({ trainedParameters }) => trainedParameters },
  { name: 'data_fingerprint', cell: ({ dataFingerprint }) => dataFingerprint?.test ?? '' },
];

/** Columns that depend on the machine and its load. */
const TIMINGS: readonly Column[] = [
  ...IDENTITY,
  { name: 'machine', cell: ({ adapter }) => adapter.name },
  { name: 'training_images_per_second', cell: ({ epochs }) => digits(epochs.at(-1)?.imagesPerSecond, 2) },
  { name: 'test_images_per_second', cell: ({ test }) => digits(test?.imagesPerSecond, 2) },
  {
    name: 'seconds',
    cell: ({ epochs }) =>
      digits(
        epochs.reduce((sum, epoch) => sum + epoch.seconds, 0),
        1,
      ),
  },
  { name: 'started', cell: ({ started }) => started },
];

/** The order of the tables: by what identifies a run, then by its data; never by time. */
export function compareRecords(a: RunRecord, b: RunRecord): number {
  const cells = (run: RunRecord): Cell[] => RESULTS.map((column) => column.cell(run));
  return compareRows(cells(a), cells(b));
}

function rowsOf(columns: readonly Column[], records: readonly RunRecord[]): Cell[][] {
  const rows = records.map((run) => columns.map((column) => column.cell(run)));
  return [columns.map(({ name }) => name), ...rows.sort(compareRows)];
}

/** Compares rows by their columns from left to right: numbers by value, text by code point, so that no locale changes a file. */
function compareRows(a: readonly Cell[], b: readonly Cell[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** A row for each run, with the columns that configuration and data decide. */
export const resultRows = (records: readonly RunRecord[]): Cell[][] => rowsOf(RESULTS, records);

/** A row for each run, with the columns that depend on the machine. */
export const timingRows = (records: readonly RunRecord[]): Cell[][] => rowsOf(TIMINGS, records);
