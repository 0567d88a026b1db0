import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { wordsOf } from '../../parts.js';
import { baseName } from '../../paths.js';
import {
  asideQuestion,
  describeColumn,
  findOneHot,
  holdsLists,
  findPartColumn,
  goTogether,
  isNumber,
  isOne,
  isWithin,
  labelCandidates,
  mayBeMeant,
  nameOfLabels,
  saysBoxes,
  saysCorners,
  saysInnerBoxes,
  strangePart,
  type Candidate,
  type Column,
  type OneHot,
  type PartFinding,
} from './columns.js';
import { holdsSomeLists, joinedLabels, joinedQuestion, listedLabels, saidTwice, severalLabels, severalRows } from './several.js';
import type { PictureTable } from './tables.js';
import type { Question, ReadingOptions } from '../types.js';

/** The labels and parts that one table gives its pictures. */
export interface TableLabels {
  readonly table: PictureTable;
  /** The label of each row, `` where it has none; null where no column has labels. */
  readonly labels: readonly string[] | null;
  /** The number of each label, where a column has them; it gives the classes' order. */
  readonly order: ReadonlyMap<string, number>;
  readonly parts: readonly (Part | null)[] | null;
  readonly partColumn: string | null;
  /** The name of the label column; several names for one-hot columns. */
  readonly column: string | null;
  readonly said: boolean;
  /** Whether the column is called label or was asked for, rather than chosen because it was the only one or agrees with the folders. */
  readonly named: boolean;
  /** Whether the file's form says which column has the labels. */
  readonly declared: boolean;
  readonly questions: readonly Question[];
  readonly notes: readonly string[];
  /** The error of a table that cannot be used, for example because a picture has several labels; null otherwise. */
  readonly refused: PlaygroundError | null;
}

/** The class that the folders give a picture, if any. */
export type TitleOf = (file: ByteSource) => string | undefined;

/** Whether a table has a model's predictions, or is a form to fill in: its labels are never the true ones. */
export const isSubmission = (path: string): boolean => {
  const name = baseName(path).toLowerCase();
  return (
    /submission|sample[-_ ]?sub/.test(name) || wordsOf(name).some((word) => ['prediction', 'predictions', 'preds'].includes(word))
  );
};

/** The score of a column that agrees with the folders, at least. */
const AGREES = 10;
/** What {@link nameOfLabels} gives to a name that says that it has labels, and to one that says nothing else. */
const NAMED = 3;
const PLAIN = 6;
/** At most so many columns are offered beside the one that is taken. */
const MOST_RIVALS = 5;

const share = <T>(items: readonly T[], holds: (item: T) => boolean): number =>
  items.filter(holds).length / Math.max(1, items.length);

/**
 * Returns how far a column agrees with the folders' classes: the fraction of rows whose value corresponds to their class and to no other
 * class.
 */
function agreementWith(table: PictureTable, titleOf: TitleOf, allTitles: ReadonlySet<string>): (column: Column) => number {
  const titles = table.pictures.map((file) => (file ? titleOf(file) : undefined));
  const known = titles.filter((title) => title !== undefined).length;
  const classes = new Set(titles.filter((title) => title !== undefined));
  return (column) => {
    // A table of pictures outside the folders may still use the names of their classes.
    if (known === 0 && column.distinct.size >= 2) return share([...column.distinct.keys()], (value) => allTitles.has(value));
    if (known < 4 || classes.size < 2) return 0;
    const seen = new Map<string, Map<string, number>>();
    titles.forEach((title, row) => {
      const value = column.values[row] ?? '';
      if (title === undefined || value === '') return;
      const counts = seen.get(value) ?? new Map<string, number>();
      counts.set(title, (counts.get(title) ?? 0) + 1);
      seen.set(value, counts);
    });
    const best = [...seen.values()].map((counts) => [...counts].sort((a, b) => b[1] - a[1])[0] ?? (['', 0] as const));
    if (new Set(best.map(([title]) => title)).size !== best.length || best.length < classes.size) return 0;
    return best.reduce((sum, [, count]) => sum + count, 0) / known;
  };
}

/** Keeps the first word of each cell where all begin with a class's name, as in ImageNet's solutions, in which coordinates follow it. */
function firstWords(column: Column, classes: ReadonlySet<string>): Column {
  const cut = (value: string): string => value.split(/\s+/)[0] ?? '';
  const values = [...column.distinct.keys()];
  if (values.length === 0 || !values.some((value) => /\s/.test(value))) return column;
  if (!values.every((value) => classes.has(cut(value)))) return column;
  const distinct = new Map<string, number>();
  for (const [value, count] of column.distinct) distinct.set(cut(value), (distinct.get(cut(value)) ?? 0) + count);
  return { ...column, values: column.values.map(cut), distinct };
}

function boxes(table: PictureTable): PlaygroundError {
  return new PlaygroundError(
    'file.unsupported',
    `${table.file.name}: is the table of a detection set, with boxes in pictures, and one class for each picture is learnt here; cut the boxes out into a folder for each class`,
    { subject: table.file.name },
  );
}

/** Whether many pictures have several rows, as pictures with several boxes do. */
function namesAgain({ pictures }: PictureTable): boolean {
  const there = pictures.filter((file) => file !== undefined);
  return there.length > 1.1 * new Set(there).size;
}

function noPart(table: PictureTable, column: Column, row: number): PlaygroundError {
  return new PlaygroundError(
    'data.label',
    `${table.file.name}, line ${table.lines[row] ?? 0}: '${column.values[row] ?? ''}' is no part; expected train, validation or test`,
    { subject: table.file.name },
  );
}

const noLabels = (table: PictureTable): TableLabels => ({
  table,
  labels: null,
  order: new Map(),
  parts: null,
  partColumn: null,
  column: null,
  said: false,
  named: false,
  declared: false,
  questions: [],
  notes: [],
  refused: null,
});

function partFinding(table: PictureTable, options: ReadingOptions): PartFinding {
  return findPartColumn(table.columns, options.partColumn);
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;

/** Whether two columns of words have half of them in common and differ in rows where both are filled or one is empty. */
function sharesLabels(a: Column, b: Column): boolean {
  if ([...a.distinct.keys()].every(isNumber)) return false;
  const common = [...a.distinct.keys()].filter((value) => b.distinct.has(value)).length;
  return (
    common >= 2 &&
    common >= 0.5 * Math.min(a.distinct.size, b.distinct.size) &&
    a.values.some((value, row) => value !== b.values[row])
  );
}

/** Whether a table is a list of a picture and its class's number in each line, as Caffe's tools and those after it write them. */
function isAnnotationList({ columns, file }: PictureTable, { name, distinct, filled }: Column): boolean {
  const numbers = [...distinct.keys()].every((value) => /^\d+$/.test(value) && Number(value) < 2 * distinct.size);
  return columns.length === 1 && name === '2' && /\.(txt|lst|list)$/i.test(file.name) && numbers && distinct.size <= filled / 2;
}

/** Columns that might have the labels instead of the best, the likeliest first. */
function rivalsOf(best: Candidate, candidates: readonly Candidate[], columns: readonly Column[]): Column[] {
  const others = candidates.filter((other) => other !== best && !goTogether(other.column, best.column));
  const name = nameOfLabels(best.column.name);
  const agrees = best.score >= AGREES;
  const close = others
    .filter(
      (other) => (other.said || !best.said) && (best.score - other.score < (best.said && name < PLAIN ? 2.5 : 1) || !best.said),
    )
    .map(({ column }) => column);
  // Classes within the folders' classes: hotels of a chain, species of a genus.
  const finer = others.filter(
    ({ column }) => agrees && (name < NAMED || nameOfLabels(column.name) >= NAMED) && isWithin(column, best.column),
  );
  // Where no column is called label, one that describes what is shown may be meant: age, gender, view.
  // Several labels a picture in columns beside each other have the same names.
  const alike =
    agrees || best.column.distinct.size < 2
      ? []
      : columns.filter((column) => column !== best.column && sharesLabels(column, best.column));
  const told = best.said || agrees ? [] : columns.filter((column) => column !== best.column && mayBeMeant(column));
  return [...new Set([...close, ...finer.map(({ column }) => column), ...told, ...alike])];
}

/** The label column that was asked for, or the likeliest, with a question where others might be meant. */
function chooseColumn(
  table: PictureTable,
  columns: readonly Column[],
  titleOf: TitleOf,
  titles: ReadonlySet<string>,
  options: ReadingOptions,
): { readonly candidate: Candidate | null; readonly questions: readonly Question[] } {
  if (options.labelColumn !== undefined) {
    const column = table.columns.find(({ name }) => name === options.labelColumn);
    return { candidate: column ? { column, score: 10, said: true } : null, questions: [] };
  }
  const { candidates, others } = labelCandidates(columns, agreementWith(table, titleOf, titles));
  const [best] = candidates;
  if (!best) return { candidate: null, questions: [] };
  const rivals = rivalsOf(best, [...candidates, ...others], columns).slice(0, MOST_RIVALS);
  const questions: Question[] =
    rivals.length === 0
      ? []
      : [
          {
            text: `${table.file.name}: its column ${describeColumn(best.column)} is taken for the labels; ${listed(rivals.map(describeColumn))} might be them as well`,
            option: 'labelColumn',
            answers: [best.column, ...rivals].map((column) => ({ value: column.name, title: describeColumn(column) })),
          },
        ];
  return { candidate: candidates.length === 1 && best.score >= 1 ? { ...best, said: true } : best, questions };
}

/**
 * Replaces a label column of numbers by a column of names that corresponds to it one to one. `order` has the number of each label, where a
 * column of numbers corresponds to it.
 */
function namedBy(best: Candidate, columns: readonly Column[]): { column: Column; order: Map<string, number> } {
  const order = new Map<string, number>();
  const numeric = (column: Column): boolean => [...column.distinct.keys()].every(isNumber);
  let { column } = best;
  let numbers: Column | undefined;
  if (numeric(column)) {
    numbers = column;
    const names = columns.find((other) => other !== column && !numeric(other) && goTogether(column, other));
    if (names) column = names;
  } else numbers = columns.find((other) => other !== column && numeric(other) && goTogether(column, other));
  if (numbers) column.values.forEach((value, row) => order.set(value, Number(numbers.values[row])));
  return { column, order };
}

/** What pandas and spreadsheets write for a missing value. */
const MISSING = /^(nan|null|<na>|#?n\/a)$/i;

/** A column's labels, `` where a cell stands for none: a missing value, or -1 beside three or more numbers from 0. */
function labelled({ values, distinct }: Column): string[] {
  const others = [...distinct.keys()].filter((value) => value !== '-1');
  const minus = others.length < distinct.size && others.length >= 3 && others.every((value) => /^\d+$/.test(value));
  return values.map((value) => (MISSING.test(value) || (minus && value === '-1') ? '' : value));
}

/** The columns' names without the path into a record that all share: `cat` and `dog` of `flags.cat` and `flags.dog`. */
function ownNames(columns: readonly Column[]): string[] {
  const above = new Set(columns.map(({ name }) => name.slice(0, name.lastIndexOf('.') + 1)));
  const [path = ''] = above;
  return columns.map(({ name }) => (above.size === 1 ? name.slice(path.length) : name));
}

/** Labels of a column for each class; a refusal where pictures have several, and null where the columns are none of classes. */
function oneHotLabels(base: TableLabels, { columns, single, several }: OneHot): TableLabels | null {
  const { table } = base;
  if (several === 0 && single > 0 && single >= 0.9 * table.written.length) {
    const names = ownNames(columns);
    const labels = table.written.map((_, row) => names[columns.findIndex(({ values }) => isOne(values[row] ?? ''))] ?? '');
    const order = new Map(names.map((name, i) => [name, i]));
    return { ...base, labels, order, column: names.join(', '), said: true };
  }
  return columns.length >= 3 && several > 0 ? { ...base, refused: severalLabels(table, columns, several) } : null;
}

/** Reads labels and parts from a table's columns. */
export function readTableLabels(
  table: PictureTable,
  titleOf: TitleOf,
  titles: ReadonlySet<string>,
  options: ReadingOptions,
): TableLabels {
  const { found, unclear } = partFinding(table, options);
  const rest = table.columns.filter((column) => column !== found?.column).map((column) => firstWords(column, titles));
  const parts = found ? found.column.values.map((value) => found.partOf(value)) : null;
  const questions: Question[] = [];
  const strange = unclear && !found && options.partColumn === undefined ? strangePart(unclear) : null;
  if (unclear && strange !== null) return { ...noLabels(table), refused: noPart(table, unclear, strange) };
  if (unclear && !found) questions.push(asideQuestion(table.file.name, unclear));
  const base: TableLabels = { ...noLabels(table), parts, partColumn: found?.column.name ?? null, questions, named: true };
  const usable = rest.filter((column) => column !== unclear || options.labelColumn === column.name);
  const chosen = chooseColumn(table, usable, titleOf, titles, options);
  if (options.labelColumn === undefined && saysInnerBoxes(table.columns)) return { ...noLabels(table), refused: boxes(table) };
  const hot = options.labelColumn === undefined ? findOneHot(usable) : null;
  const strong =
    chosen.candidate !== null && chosen.candidate.score >= 5 && !(hot?.columns.includes(chosen.candidate.column) ?? false);
  const byColumns = hot && !strong ? oneHotLabels(base, hot) : null;
  if (byColumns) return byColumns;
  const named = chosen.candidate !== null && nameOfLabels(chosen.candidate.column.name) >= NAMED;
  const lists = options.labelColumn === undefined && !named ? usable.find(holdsLists) : undefined;
  if (lists) return { ...noLabels(table), refused: listedLabels(table, lists) };
  const boxed = saysBoxes(table.columns) && chosen.candidate === null;
  const corners = saysBoxes(table.columns) || saysCorners(table.columns);
  if (options.labelColumn === undefined && (boxed || (corners && namesAgain(table))))
    return { ...noLabels(table), refused: boxes(table) };
  if (!chosen.candidate) return base;
  const { column, order } = namedBy(chosen.candidate, usable);
  const labels = labelled(column);
  const contradicted = saidTwice(table, labels);
  if (contradicted > 0) return { ...noLabels(table), refused: severalRows(table, column, contradicted) };
  const asked = options.labelColumn === undefined;
  const joined = asked && chosen.candidate.score < AGREES ? joinedLabels(column) : null;
  if (asked && holdsSomeLists(column)) return { ...noLabels(table), refused: listedLabels(table, column) };
  return {
    ...base,
    labels,
    order,
    column: column.name,
    said: chosen.candidate.said,
    declared: column.name === table.labelColumn || isAnnotationList(table, column),
    named: options.labelColumn !== undefined || nameOfLabels(column.name) >= 3,
    questions: [...questions, ...chosen.questions, ...(joined === null ? [] : [joinedQuestion(table, column, joined)])],
  };
}
