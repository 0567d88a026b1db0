import type { ByteSource } from '../../../containers/bytes.js';
import { partOfName } from '../../parts.js';
import { tableOfLines, tablesOfJson } from './json.js';
import { tableOfCvat } from './xml.js';
import type { Table } from '../types.js';

export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

const SEPARATORS = [',', ';', '\t', '|'] as const;

/**
 * The rows of a table with a given separator (RFC 4180): quoted fields may contain separators, quotes and line ends. @param most rows to
 * read.
 */
export function parseSeparated(text: string, separator: string, most = Infinity): Row[] {
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
      if (character !== '"') cell += character;
      else if (text.charAt(at + 1) === '"') cell += text.charAt(++at);
      else quoted = false;
    } else if (character === '"' && cell.trim() === '') {
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

const HEAD_ROWS = 50;

function separatorOf(text: string): string {
  const found = SEPARATORS.map((separator) => ({ separator, ...regularity(parseSeparated(text, separator, HEAD_ROWS)) }))
    .filter(({ columns }) => columns >= 2)
    .sort((a, b) => Number(b.share >= 0.9) - Number(a.share >= 0.9) || b.columns - a.columns);
  return found[0]?.separator ?? ',';
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
export function tablesOfText(file: ByteSource, text: string): readonly Table[] {
  if (/\.(jsonl|ndjson|manifest)$/i.test(file.name)) return [tableOfLines(file, text)].filter((table) => table !== null);
  if (/\.json$/i.test(file.name)) return tablesOfJson(file, text);
  if (/\.xml$/i.test(file.name)) return [tableOfCvat(file, text)].filter((table) => table !== null);
  const tables: Table[] = [];
  const separator = separatorOf(text);
  const { columns } = regularity(parseSeparated(text, separator, HEAD_ROWS));
  const as = (rows: readonly Row[], width: number, joiner: string): void => {
    if (rows.length > 0) tables.push({ file, header: null, rows: rectangular(rows, width, joiner) });
  };
  if (columns >= 2) as(parseSeparated(text, separator), columns, separator);
  const blanks = regularity(parseBlanks(text, HEAD_ROWS));
  if (columns < 2) {
    if (blanks.columns > 2 && hasNamesOfWords(parseBlanks(text, HEAD_ROWS))) as(parseBlanks(text), 2, ' ');
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
