import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import { isImageName } from '../image-files.js';
import { baseName, folderOf, naturalOrder, normalPath, PathIndex } from '../paths.js';
import { readText } from './text.js';
import { partOf, type Found, type RawDataset, type RawExample } from './types.js';

/** Rows of a comma-, semicolon- or tab-separated table (RFC 4180): quoted fields may hold separators, quotes and line ends. */
export function parseTable(text: string): { readonly cells: readonly string[]; readonly line: number }[] {
  const firstLine = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const separator = [',', ';', '\t'].reduce((best, candidate) =>
    firstLine.split(candidate).length > firstLine.split(best).length ? candidate : best,
  );
  const rows: { cells: string[]; line: number }[] = [];
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
  for (let at = 0; at < text.length; at++) {
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
  if (cell !== '' || cells.length > 0) endRow();
  return rows;
}

const PATH_HEADER = /^(path|file|files?_?name|filepath|file_?path|image|img|image_?(path|name|file|id)|picture|id(_code)?)$/i;
const LABEL_HEADER = /^(label|labels|class|class_?(name|id)|category|target|y|diagnosis)$/i;
const PART_HEADER = /^(split|part|set|subset|fold|partition)$/i;

interface Columns {
  readonly path: number;
  readonly label: number;
  readonly part: number | null;
  readonly header: boolean;
}

/**
 * By the header's words, or by which column of the first row names a picture.
 *
 * @param find whether a cell names a picture; `guess` allows it to leave out the extension.
 */
function findColumns(
  rows: readonly { readonly cells: readonly string[] }[],
  find: (cell: string, guess: boolean) => boolean,
): Columns | null {
  const [first, second] = rows;
  if (!first || first.cells.length < 2) return null;
  const holdsPath = (cell: string): boolean => isImageName(cell) || find(cell, false);
  const header = !first.cells.some(holdsPath);
  const sample = header ? second : first;
  if (!sample) return null;
  const named = (pattern: RegExp): number => (header ? first.cells.findIndex((cell) => pattern.test(cell)) : -1);
  let path = named(PATH_HEADER);
  if (path < 0 || !(holdsPath(sample.cells[path] ?? '') || find(sample.cells[path] ?? '', true)))
    path = sample.cells.findIndex(holdsPath);
  if (path < 0) return null;
  const part = named(PART_HEADER);
  let label = named(LABEL_HEADER);
  if (label < 0) label = first.cells.findIndex((_, column) => column !== path && column !== part);
  return label < 0 ? null : { path, label, part: part < 0 ? null : part, header };
}

interface Row {
  readonly name: string;
  readonly source: ByteSource;
  readonly label: string;
  readonly part: Part | null;
}

async function readTable(
  file: ByteSource,
  index: PathIndex,
  skipped: SkippedFile[],
): Promise<{ rows: Row[]; hasParts: boolean } | null> {
  const table = parseTable(await readText(file));
  const folder = folderOf(file.name);
  const find = (written: string, guess: boolean): ByteSource | undefined => {
    const path = normalPath(written);
    if (path === null || path === '') return undefined;
    const exact = index.find(path, folder);
    if (exact || !guess) return exact;
    // Some tables leave out the extension.
    return ['jpg', 'jpeg', 'png', 'webp'].map((ending) => index.find(`${path}.${ending}`, folder)).find(Boolean);
  };
  const columns = findColumns(table, (cell, guess) => find(cell, guess) !== undefined);
  if (!columns) return null;
  const filePart = partOf(baseName(file.name).replace(/\.\w+$/, ''));
  const rows: Row[] = [];
  for (const { cells, line } of columns.header ? table.slice(1) : table) {
    const written = cells[columns.path] ?? '';
    const label = cells[columns.label] ?? '';
    const where = `${file.name}, line ${line}`;
    if (normalPath(written) === null) {
      throw new PlaygroundError('file.damaged', `${where}: the path '${written}' leads out of the data set's folder`, {
        subject: file.name,
      });
    }
    const source = find(written, columns.header);
    if (!source) {
      skipped.push({ name: written, reason: `is named in ${where}, but is not there or is no picture` });
      continue;
    }
    if (label === '') throw new PlaygroundError('data.label', `${where}: '${written}' has no label`, { subject: file.name });
    const word = columns.part === null ? null : (cells[columns.part] ?? '');
    const part = word === null ? filePart : partOf(word);
    if (word !== null && part === null) {
      throw new PlaygroundError('data.label', `${where}: '${word}' is no part; expected train, validation or test`, {
        subject: file.name,
      });
    }
    rows.push({ name: source.name, source, label, part });
  }
  return { rows, hasParts: columns.part !== null };
}

/**
 * A CSV of path and label, with or without a header, and perhaps a column that says the part; or one such file for each part.
 *
 * @returns null where no table names pictures that are there, so that a stray table beside class folders does no harm.
 */
export async function readCsv(found: Found): Promise<RawDataset | null> {
  const tables = found.others.filter(({ name }) => /\.(csv|tsv)$/i.test(name));
  if (tables.length === 0) return null;
  const index = new PathIndex(found.pictures);
  const skipped: SkippedFile[] = [];
  const rows: Row[] = [];
  let column = false;
  for (const table of tables) {
    const read = await readTable(table, index, skipped);
    if (!read || read.rows.length === 0) continue;
    rows.push(...read.rows);
    column ||= read.hasParts;
  }
  if (rows.length === 0) return null;
  const labelOf = new Map<ByteSource, Row>();
  const kept = rows.filter((row) => {
    const earlier = labelOf.get(row.source);
    if (!earlier) {
      labelOf.set(row.source, row);
      return true;
    }
    if (earlier.label !== row.label || earlier.part !== row.part) {
      skipped.push({
        name: row.name,
        reason: `is named twice in the table, as ${earlier.label} and as ${row.label}; the first counts`,
      });
    }
    return false;
  });
  const classes = [...new Set(kept.map((row) => row.label))].sort(naturalOrder);
  const labels = new Map(classes.map((title, label) => [title, label]));
  const examples = kept.map(({ name, source, label, part }): RawExample => ({
    name,
    label: labels.get(label) ?? 0,
    part,
    content: { kind: 'file', source },
  }));
  return {
    form: 'a CSV of path and label',
    classes,
    examples,
    skipped,
    partsFrom: column ? 'its column says' : "the tables' names say",
  };
}
