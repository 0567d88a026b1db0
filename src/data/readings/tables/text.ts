import type { ByteSource } from '../../../containers/bytes.js';
import { partOfName } from '../../parts.js';
import { isImageName } from '../../pictures/image-files.js';
import { isNumber } from './columns.js';
import { tableOfLines, tablesOfJson } from './json.js';
import { tableOfCvat } from './xml.js';
import type { Table } from '../types.js';

export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

const SEPARATORS = [',', ';', '\t', '|'] as const;
/** As much of a text as tells its separator and its quotes. */
const HEAD_ROWS = 50;
const HEAD_TEXT = 2 ** 16;
/** At most this many lines of titles and remarks stand above a table. */
const MOST_ABOVE = 20;

/** Whether most lines have a cell in single quotes, `'a, b.png','cat'`, and none has double ones. */
function usesSingleQuotes(text: string): boolean {
  const lines = text.slice(0, HEAD_TEXT).split(/\r?\n/).slice(0, HEAD_ROWS);
  const filled = lines.filter((line) => line.trim() !== '');
  const quoted = filled.filter((line) => /(^|[,;\t|])\s*'[^']*'\s*(?=[,;\t|]|$)/.test(line));
  return quoted.length >= 0.8 * filled.length && quoted.length > 0 && !filled.some((line) => line.includes('"'));
}

/**
 * The rows of a table with a given separator (RFC 4180): quoted fields may contain separators, quotes and line ends. @param most rows to
 * read.
 */
export function parseSeparated(text: string, separator: string, most = Infinity): Row[] {
  const quote = usesSingleQuotes(text) ? "'" : '"';
  const rows: Row[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let begun = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.some((content) => content.trim() !== '')) rows.push({ cells: cells.map((content) => content.trim()), line: begun });
    cells = [];
    cell = '';
  };
  for (let at = 0; at < text.length && rows.length < most; at++) {
    const character = text.charAt(at);
    if (character === '\n') line++;
    if (quoted) {
      if (character !== quote) cell += character;
      else if (text.charAt(at + 1) === quote) cell += text.charAt(++at);
      else quoted = false;
    } else if (character === quote && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (character === separator) {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') {
      endRow();
      begun = line;
    } else if (character !== '\r' || text.charAt(at + 1) !== '\n') cell += character;
  }
  if ((cell !== '' || cells.length > 0) && rows.length < most) endRow();
  return rows;
}

/** Rows separated at white space; lines that begin with `#` are comments. */
function parseBlanks(text: string, most = Infinity): Row[] {
  const rows: Row[] = [];
  let line = 0;
  for (const content of text.split(/\r?\n|\r/)) {
    line++;
    if (content.trim() === '' || content.startsWith('#')) continue;
    rows.push({ cells: content.trim().split(/\s+/), line });
    if (rows.length >= most) break;
  }
  return rows;
}

/** The rows of a table with the separator that gives most rows the same number of cells; a comma where none does. */
export function parseTable(text: string): Row[] {
  return parseSeparated(text, separatorOf(text));
}

function regularity(rows: readonly Row[]): { readonly columns: number; readonly share: number } {
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const [most = [0, 0]] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  return { columns: most[0], share: rows.length === 0 ? 0 : most[1] / rows.length };
}

function separatorOf(text: string): string {
  const found = SEPARATORS.map((separator) => ({ separator, ...regularity(parseSeparated(text, separator, HEAD_ROWS)) }))
    .filter(({ columns }) => columns >= 2)
    .sort((a, b) => Number(b.share >= 0.9) - Number(a.share >= 0.9) || b.columns - a.columns);
  return found[0]?.separator ?? ',';
}

/**
 * A text whose first lines are remarks (`# ...`) or name the separator (`sep=;`), with these lines empty, so that the others keep their
 * numbers. A remark right above rows that have no header, with as many cells, is their header.
 */
function withoutRemarks(text: string): string {
  const lines = text.split('\n');
  let first = 0;
  while (first < Math.min(lines.length, MOST_ABOVE) && /^\s*(#.*|sep=.)?\r?$/i.test(lines[first] ?? '')) first++;
  const above = lines.slice(0, first);
  const remarks = above.filter((line) => line.trim() !== '');
  if (remarks.length === 0 || first === lines.length) return text;
  const rest = lines.slice(first);
  const separator = separatorOf(rest.slice(0, HEAD_ROWS).join('\n'));
  const cells = (line: string): string[] => parseSeparated(line, separator)[0]?.cells.slice() ?? [];
  const [row, last] = [cells(rest[0] ?? ''), (above.at(-1) ?? '').replace(/^\s*#\s*/, '')];
  const bare = row.some((cell) => isImageName(cell) || isNumber(cell));
  const header = bare && row.length >= 2 && cells(last).length === row.length;
  return [...above.map((_, i) => (header && i === first - 1 ? last : '')), ...rest].join('\n');
}

/**
 * Rows without the titles above them, which have fewer cells. A header of one cell less than the rows stays; where white space
 * separates, it lacks that of their first column, as R writes it.
 */
function withoutTitles(rows: readonly Row[], columns: number, joiner: string): readonly Row[] {
  const first = rows.findIndex(({ cells }) => cells.length >= columns);
  if (first <= 0 || first > MOST_ABOVE) return rows;
  const above = rows[first - 1];
  const fits = /\s/.test(joiner) && above?.cells.length === columns - 1 && columns >= 3;
  const named = fits && !above.cells.some((cell) => cell === '' || isNumber(cell));
  const header = named ? [{ cells: ['', ...above.cells], line: above.line }] : above?.cells.length === columns - 1 ? [above] : [];
  return [...header, ...rows.slice(first)];
}

/** Makes all rows equally long: short ones are padded, and extra cells are joined to the last. */
function rectangular(rows: readonly Row[], columns: number, joiner: string): Row[] {
  return rows.map(({ cells, line }) => {
    if (cells.length === columns) return { cells, line };
    if (cells.length > columns) {
      return { cells: [...cells.slice(0, columns - 1), cells.slice(columns - 1).join(joiner)], line };
    }
    return { cells: [...cells, ...Array<string>(columns - cells.length).fill('')], line };
  });
}

/**
 * Whether the words behind the first of each row are a name of several (`a.jpg great dane`): no numbers, paths or parts. All of the first
 * row's occur again, which those of a header do not.
 */
function hasNamesOfWords(rows: readonly Row[]): boolean {
  const [first, ...others] = rows;
  if (!first || others.length === 0) return false;
  const plain = (word: string): boolean => /^\p{L}[\p{L}\p{M}'’-]*$/u.test(word) && partOfName(word) === null;
  if (!rows.every(({ cells }) => cells.length >= 2 && cells.slice(1).every(plain))) return false;
  return first.cells.every((word, column) => column === 0 || others.some(({ cells }) => cells[column] === word));
}

/**
 * The ways to read a text as a table, the most regular first; the caller takes the first whose cells name pictures. White space separates
 * cells only where no other separator does: into columns, into a first and a last word, or not at all.
 */
export function tablesOfText(file: ByteSource, whole: string): readonly Table[] {
  if (/\.(jsonl|ndjson|manifest)$/i.test(file.name)) return [tableOfLines(file, whole)].filter((table) => table !== null);
  if (/\.json$/i.test(file.name) || (/\.labels$/i.test(file.name) && /^\s*\{/.test(whole))) return tablesOfJson(file, whole);
  if (/\.xml$/i.test(file.name)) return [tableOfCvat(file, whole)].filter((table) => table !== null);
  const text = withoutRemarks(whole);
  const tables: Table[] = [];
  const separator = separatorOf(text);
  const { columns } = regularity(parseSeparated(text, separator, HEAD_ROWS));
  const as = (rows: readonly Row[], width: number, joiner: string): void => {
    if (rows.length > 0)
      tables.push({ file, header: null, rows: rectangular(withoutTitles(rows, width, joiner), width, joiner) });
  };
  if (columns >= 2) as(parseSeparated(text, separator), columns, separator);
  const head = parseBlanks(text, HEAD_ROWS);
  const blanks = regularity(withoutTitles(head, regularity(head).columns, ' '));
  if (columns < 2) {
    if (blanks.columns > 2 && hasNamesOfWords(head)) as(parseBlanks(text), 2, ' ');
    if (blanks.columns >= 2 && blanks.share >= 0.9) as(parseBlanks(text), blanks.columns, ' ');
    else if (blanks.columns >= 2) as(parseBlanks(text), 2, ' ');
    // A name that may contain spaces, and after the last space the label.
    const behind = text.split(/\r?\n|\r/).map((content, i) => {
      const match = /^(.*\S)\s+(\S+)\s*$/.exec(content);
      return { cells: match ? [match[1] ?? '', match[2] ?? ''] : [content.trim()], line: i + 1 };
    });
    const filled = behind.filter(({ cells }) => cells[0] !== '');
    if (filled.some(({ cells }) => cells.length === 2)) as(filled, 2, ' ');
    as(
      filled.map(({ cells, line }) => ({ cells: [cells.join(' ')], line })),
      1,
      ' ',
    );
  }
  return tables;
}
