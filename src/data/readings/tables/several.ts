/** Tables that give a picture several labels: in several columns, in several rows, or in one cell. */
import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import type { Question } from '../types.js';
import { describeColumn, type Column } from './columns.js';
import type { PictureTable } from './tables.js';

/** At most so many columns are offered. */
const MOST_COLUMNS = 20;

/**
 * Asks which column has the labels of a table that cannot be used otherwise: of those whose values recur, and that give one to each
 * picture. Undefined where there is none.
 */
export function whichColumn(table: PictureTable, without?: Column): Question | undefined {
  const fits = (column: Column): boolean =>
    column !== without &&
    column.distinct.size >= 2 &&
    column.distinct.size < column.filled &&
    !holdsSomeLists(column) &&
    saidTwice(table, column.values) === 0;
  const answers = table.columns
    .filter(fits)
    .slice(0, MOST_COLUMNS)
    .map((column) => ({ value: column.name, title: `the column ${describeColumn(column)}` }));
  if (answers.length === 0) return undefined;
  const text = `${table.file.name} is not used: none of its columns could be taken for the labels`;
  return { text, option: 'labelColumn', answers, open: true };
}

/** A refusal that offers other columns, where there are some. @param otherwise what to do where there are none. */
function refusal(table: PictureTable, why: string, question: Question | undefined, otherwise: string): PlaygroundError {
  const advice = question ? `choose the column that matters` : otherwise;
  const message = `${table.file.name}: ${why}, and one class for each picture is learnt here; ${advice}`;
  return new PlaygroundError('file.unsupported', message, { subject: table.file.name, question });
}

export function severalLabels(table: PictureTable, columns: readonly Column[], several: number): PlaygroundError {
  const names = columns.map(({ name }) => name);
  const shown = names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
  const why = `gives several labels to one picture (${several} rows have more than one 1 in ${shown})`;
  return refusal(table, why, whichColumn(table), 'keep one 1 in each row');
}

export function severalRows(table: PictureTable, column: Column, pictures: number): PlaygroundError {
  const why = `gives several labels to one picture (${pictures} pictures have rows with different values of '${column.name}')`;
  return refusal(table, why, whichColumn(table, column), 'keep one row for each picture');
}

export function listedLabels(table: PictureTable, column: Column): PlaygroundError {
  const why = `its column '${column.name}' holds lists, several labels to one picture`;
  return refusal(table, why, whichColumn(table, column), 'write one label into each cell');
}

/** The number of pictures that have other labels in other rows, if these are too many for mistakes; otherwise 0. */
export function saidTwice({ pictures }: PictureTable, labels: readonly string[]): number {
  const said = new Map<ByteSource, string>();
  const twice = new Set<ByteSource>();
  pictures.forEach((file, row) => {
    const label = labels[row] ?? '';
    if (file === undefined || label === '') return;
    if ((said.get(file) ?? label) !== label) twice.add(file);
    said.set(file, label);
  });
  return twice.size > 2 && twice.size > 0.05 * said.size ? twice.size : 0;
}

/** Signs between several labels in a cell; a space may also stand within the name of one. */
const BETWEEN = [/\s*\|\s*/, /\s*;\s*/, /\s*,\s*/, /\s+/] as const;
/** As many different cells tell whether a column has several labels in one. */
const MOST_CELLS = 5000;

/**
 * A cell with several labels, `scab rust`, of a column that has such: their labels are found alone, or with others, in other cells. Null
 * where there is none.
 */
export function joinedLabels({ distinct }: Column): string | null {
  const values = [...distinct.keys()].slice(0, MOST_CELLS);
  for (const sign of BETWEEN) {
    const cells = values.map((value) => value.split(sign).filter((label) => label !== ''));
    const several = cells.filter((labels) => new Set(labels).size >= 2);
    const [first] = several;
    if (!first) continue;
    const alone = new Set(cells.flatMap((labels) => (labels.length === 1 ? labels : [])));
    const counts = new Map<string, number>();
    for (const label of several.flatMap((labels) => [...new Set(labels)])) counts.set(label, (counts.get(label) ?? 0) + 1);
    const labels = [...counts.keys()];
    const known = labels.filter((label) => alone.has(label) || (counts.get(label) ?? 0) > 1);
    if (known.length < 0.5 * labels.length) continue;
    const found = labels.some((label) => alone.has(label));
    const numbers = labels.every((label) => /^\d+$/.test(label));
    const space = sign.source === '\\s+';
    // Names of two words share some of them (`red apple`, `green apple`); lists of labels have various lengths.
    if (space && !found && !numbers && new Set(cells.map(({ length }) => length)).size < 3) continue;
    return values[cells.indexOf(first)] ?? '';
  }
  return null;
}

/** Asks whether cells that seem to have several labels may be classes of their own. */
export function joinedQuestion(table: PictureTable, column: Column, cell: string): Question {
  return {
    text: `${table.file.name}: its column '${column.name}' may give several labels to one picture ('${cell}'); each combination is taken for a class of its own`,
    option: 'labelColumn',
    answers: [{ value: column.name, title: `each combination in '${column.name}' a class` }],
  };
}

/** Whether some cells of a column, beside others, are JSON lists or objects of several labels, as annotation tools write them. */
export const holdsSomeLists = ({ distinct }: Column): boolean =>
  [...distinct.keys()].some((value) => /^\{.*\[.*,.*\].*\}$|^\[.*,.*\]$/s.test(value));
