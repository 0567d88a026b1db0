import type { SkippedFile } from '../../../protocol/api.js';
import type { ByteSource } from '../../../containers/bytes.js';
import type { PlaygroundError } from '../../../vit/errors.js';
import { classNames } from './class-names.js';
import { levelOf, levelsOf, type Levels } from './levels.js';
import { isSubmission, readTableLabels, type TableLabels } from './labels.js';
import type { TablesFound } from './tables.js';
import type { Question, ReadingOptions } from '../types.js';

/** The labels that all tables together give. */
export interface TableSource {
  readonly labels: ReadonlyMap<ByteSource, string>;
  /** The number of each label, where a column has them; it gives the classes' order. */
  readonly order: ReadonlyMap<string, number>;
  /** Where the labels come from: `column 'dx' of HAM10000_metadata.csv`. */
  readonly describes: string;
  readonly said: boolean;
  readonly named: boolean;
  readonly declared: boolean;
  readonly used: readonly TableLabels[];
  /** Tables that name pictures without labelling them: lists of parts, captions. */
  readonly others: readonly TableLabels[];
  /** Tables whose labels are not used, with the reason. */
  readonly unused: readonly SkippedFile[];
  readonly unusedFiles: ReadonlySet<ByteSource>;
  readonly refused: ReadonlyMap<ByteSource, PlaygroundError>;
  /** The list of class names, where one was used. */
  readonly nameFiles: ReadonlySet<ByteSource>;
  /** Rows whose picture is missing, that have no label, or that contradict an earlier row. */
  readonly rows: readonly {
    readonly name: string;
    readonly where: string;
    readonly kind: 'missing' | 'unlabelled' | 'again';
    readonly detail: string;
  }[];
  readonly questions: readonly Question[];
  readonly notes: readonly string[];
}

const titlesOf = (table: TableLabels): Set<string> => new Set((table.labels ?? []).filter((label) => label !== ''));

const labelledRows = ({ table, labels }: TableLabels): number =>
  (labels ?? []).filter((label, row) => label !== '' && table.pictures[row] !== undefined).length;

/** Why a table's labels are not used; null where they may be. */
function whyNotTrue(
  candidate: TableLabels,
  all: readonly TableLabels[],
  byFolder: ReadonlyMap<ByteSource, string>,
): string | null {
  const titles = titlesOf(candidate);
  const rest = all.filter((other) => other !== candidate && titlesOf(other).size > 0);
  if (isSubmission(candidate.table.file.name))
    return "is a form for a competition, or a model's predictions: its labels are not the true ones";
  const [only] = titles;
  const constants = rest.filter((other) => titlesOf(other).size === 1);
  const folded = candidate.table.pictures.some((file) => file !== undefined && byFolder.has(file));
  if (titles.size === 1 && folded && /^\d+$/.test(candidate.column ?? '') && /^\d+$/.test(only ?? ''))
    return 'has one number for all of its pictures, which their folders tell apart already';
  if (titles.size === 1 && !folded && constants.length === 0 && rest.some((other) => titlesOf(other).size >= 2))
    return `gives the label '${only ?? ''}' to all of its pictures, which stands for none`;
  return null;
}

/** A whole number without the `.0` that pandas writes beside missing ones. */
const wholeNumber = (label: string): string => label.replace(/^([+-]?\d+)\.0+$/, '$1');

/** Makes `1` of `1.0` where both occur, in two tables, or where a list names the numbers. */
function withWholeNumbers(labels: Map<ByteSource, string>, lists: TablesFound['names']): void {
  const titles = new Set(labels.values());
  const plain = new Set([...titles].map(wholeNumber));
  if (![...plain].every((title) => /^[+-]?\d+$/.test(title))) return;
  const found = classNames(plain, lists);
  // `1.000000` is how C and MXNet print a class's number.
  const printed = [...titles].every((title) => /\.0{4,}$/.test(title));
  if (plain.size === titles.size && !printed && !(found && 'names' in found)) return;
  for (const [file, label] of labels) labels.set(file, wholeNumber(label));
}

/** Whether two tables have the same classes: label columns of the same name, or labels in common. */
function goWith(a: TableLabels, b: TableLabels): boolean {
  if (a.column !== null && a.column === b.column && !/^\d+$/.test(a.column)) return true;
  const [x, y] = [a, b].map((each) => new Set([...titlesOf(each)].map(wholeNumber)));
  if (!x || !y) return false;
  const common = [...x].filter((title) => y.has(title)).length;
  return common >= 0.5 * Math.min(x.size, y.size);
}

function describe(used: readonly TableLabels[]): string {
  const [first] = used;
  if (!first) return 'no table';
  const file = used.length === 1 ? first.table.file.name : `${first.table.file.name} and ${used.length - 1} more`;
  return first.column === null ? file : `column '${first.column}' of ${file}`;
}

/** Labels that differ by case alone may be one class that was typed in two ways; single letters are not. */
function caseNote(labels: ReadonlyMap<ByteSource, string>): string[] {
  const spellings = new Map<string, string[]>();
  for (const label of new Set(labels.values())) {
    const folded = label.toLowerCase();
    spellings.set(folded, [...(spellings.get(folded) ?? []), label]);
  }
  const several = [...spellings.values()].filter((each) => each.length > 1 && (each[0] ?? '').length > 1);
  if (several.length === 0) return [];
  const shown = several.slice(0, 3).map((each) => each.map((label) => `'${label}'`).join(' and '));
  return [`${shown.join(', ')}${several.length > 3 ? ', ...' : ''} differ by case alone and count as different classes`];
}

interface Gathered {
  readonly labels: Map<ByteSource, string>;
  readonly rows: TableSource['rows'][number][];
}

function gather(used: readonly TableLabels[]): Gathered {
  const labels = new Map<ByteSource, string>();
  const rows: TableSource['rows'][number][] = [];
  for (const { table, labels: written } of used) {
    (written ?? []).forEach((label, row) => {
      const name = table.written[row] ?? '';
      const where = `${table.file.name}, line ${table.lines[row] ?? 0}`;
      const picture = table.pictures[row];
      if (!picture) {
        if (name !== '') rows.push({ name, where, kind: 'missing', detail: '' });
        return;
      }
      if (label === '') {
        rows.push({ name: picture.name, where, kind: 'unlabelled', detail: '' });
        return;
      }
      const title = label.normalize('NFC');
      const earlier = labels.get(picture);
      if (earlier === undefined) labels.set(picture, title);
      else if (earlier !== title)
        rows.push({ name: picture.name, where, kind: 'again', detail: `as ${earlier} and as ${title}` });
    });
  }
  return { labels, rows };
}

/** Of the tables' questions about one option, that with most answers: the answer holds for all tables. */
function onceEach(questions: readonly Question[]): Question[] {
  const most = new Map<string, Question>();
  for (const question of questions) {
    const key = question.option === 'labelColumn' ? question.option : question.text;
    if ((most.get(key)?.answers.length ?? 0) < question.answers.length) most.set(key, question);
  }
  return [...most.values()];
}

interface TablesUsed {
  /** The table that counts first, and those that belong to it. */
  readonly used: readonly TableLabels[];
  readonly levels: Levels | null;
  readonly leftOut: readonly { readonly file: ByteSource; readonly reason: string }[];
}

function tablesUsed(
  labelled: readonly TableLabels[],
  byFolder: ReadonlyMap<ByteSource, string>,
  labelColumn: string | undefined,
): TablesUsed {
  const leftOut: { file: ByteSource; reason: string }[] = [];
  const leave = (file: ByteSource, reason: string): void => void leftOut.push({ file, reason });
  const able = labelled.filter((each) => {
    const why = whyNotTrue(each, labelled, byFolder);
    if (why !== null) leave(each.table.file, why);
    return why === null;
  });
  const levels = levelsOf(able, labelColumn);
  const ranked = [...(levels?.kept ?? able)].sort((a, b) => Number(b.said) - Number(a.said) || labelledRows(b) - labelledRows(a));
  const [main] = ranked;
  const used = main ? [main] : [];
  // A table for each part or for each class belongs to the first.
  for (const other of ranked.slice(1)) {
    const constant = titlesOf(other).size === 1 && main !== undefined && other.column === main.column;
    if (used.some((each) => goWith(each, other)) || constant) used.push(other);
    else leave(other.table.file, `its column '${other.column ?? ''}' has other labels than ${describe(used)}, which counts`);
  }
  for (const { table } of levels?.others ?? [])
    leave(table.file, `labels the pictures of ${describe(used)} by '${levelOf(table)}'`);
  return { used, levels, leftOut };
}

/** Chooses the table with labels for most pictures and those that belong to it, and says what becomes of the others. */
export function labelsOfTables(
  found: TablesFound,
  byFolder: ReadonlyMap<ByteSource, string>,
  options: ReadingOptions,
): TableSource {
  const titles = new Set(byFolder.values());
  const { labelColumn, ...plain } = options;
  const read = found.tables.map((table) => {
    const byLevel = labelColumn !== undefined && labelColumn === levelOf(table);
    return readTableLabels(table, (file) => byFolder.get(file), titles, byLevel ? plain : options);
  });
  const labelled = read.filter((each) => each.labels !== null && labelledRows(each) > 0);
  const { used, levels, leftOut } = tablesUsed(labelled, byFolder, labelColumn);
  // Where two tables label a picture, the one with more labels counts: `used` is in that order.
  const { labels, rows } = gather(used);
  const order = new Map(used.flatMap((each) => [...each.order]));
  withWholeNumbers(labels, found.names);
  const named = classNames(new Set(labels.values()), found.names);
  const names = named && 'names' in named ? named.names : new Map<string, string>();
  for (const [file, label] of labels) labels.set(file, names.get(label) ?? label);
  for (const [number, name] of names) order.set(name, Number(number));
  const others = read.filter((each) => !labelled.includes(each));
  const refused = new Map(
    read.filter(({ refused: error }) => error !== null).map(({ table, refused: error }) => [table.file, error!] as const),
  );
  return {
    labels,
    order,
    describes: describe(used),
    said: used.some((each) => each.said),
    named: used.some((each) => each.named),
    declared: used.some((each) => each.declared),
    used,
    others,
    unused: leftOut.map(({ file, reason }) => ({ name: file.name, reason })),
    unusedFiles: new Set(leftOut.map(({ file }) => file)),
    refused,
    nameFiles: new Set(named ? [named.file] : []),
    rows,
    questions: onceEach([...(levels ? [levels.question] : []), ...used.flatMap((each) => each.questions)]),
    notes: [
      ...caseNote(labels),
      ...(named ? ['unclear' in named ? named.unclear : `The classes' names stand in ${named.file.name}`] : []),
    ],
  };
}
