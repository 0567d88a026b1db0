import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { mapConcurrently } from '../../concurrent.js';
import { isImageName } from '../../pictures/image-files.js';
import { partOfPath, wordsOf } from '../../parts.js';
import { baseName, folderOf, stemOf } from '../../paths.js';
import { flattened, parseJson } from './json.js';
import { listsClasses, nameListOf, namesThem, type NameList } from './class-names.js';
import { columnOf, findPartColumn, isWhole, mayNamePictures, namesMasks, type Column } from './columns.js';
import { FolderIndex, rowsOfPictures } from './folder-rows.js';
import type { PictureIndex } from '../loose/picture-index.js';
import { tablesOfText, type Row } from './text.js';
import { sidecarTables } from './sidecars.js';
import { parquetTables } from '../../readers/columns/tables.js';
import { decodeText, readText } from '../../readers/text.js';
import type { Given, Table } from '../types.js';

/** A table whose rows name pictures. */
export interface PictureTable {
  readonly file: ByteSource;
  /** The picture of each row; undefined where it is missing. */
  readonly pictures: readonly (ByteSource | undefined)[];
  readonly written: readonly string[];
  readonly lines: readonly number[];
  /** The columns other than the one with the pictures' names. */
  readonly columns: readonly Column[];
  /** The part that the table's name or its folder gives. */
  readonly part: Part | null;
  /** The column that has the labels by the file's form; absent where only its name may say so. */
  readonly labelColumn?: string;
  /** Pictures that a column of masks names. */
  readonly masks: readonly ByteSource[];
}

export interface TablesFound {
  readonly tables: readonly PictureTable[];
  /** Tables that name no pictures; they may be lists of class names. */
  readonly names: readonly NameList[];
  /** Tables that cannot be read as text, with the reason. */
  readonly unreadable: ReadonlyMap<ByteSource, PlaygroundError>;
}

const TABLE_NAME = /\.(csv|tsv|psv|tab|txt|lst|list|labels|pbtxt|jsonl|ndjson|manifest|json|xml)$/i;
const PROSE =
  /^(licen[cs]e|copying|notice|readme|changelog|citation|authors|requirements|dataset_infos?|croissant|package(-lock)?)\b/i;
/** A long text is read whole only if rows within its first bytes name pictures. */
const PROBE_BYTES = 256 * 2 ** 10;
const PROBE_ROWS = 200;
/** At most this many texts are read: more are one beside each picture, not tables. */
const MOST_TEXTS = 500;

/** A table that names pictures by numbers without their zeros has rows for at least this share of them; a shorter one is of classes. */
const LEAST_NUMBERED = 0.3;
/** More rows than this are not looked up among the folders. */
const MOST_FOLDER_ROWS = 100_000;

/** Whether a file is documentation by its name: a licence, a readme. */
export const isProse = (path: string): boolean => PROSE.test(baseName(path));

const isTableName = (path: string): boolean => TABLE_NAME.test(path) && !isProse(path);

/** The files that may be tables. Where there are many, texts with a picture's name are left out. */
function candidates(given: Given): ByteSource[] {
  const texts = given.others.filter(({ name, size }) => size > 0 && isTableName(name));
  if (texts.length <= 20) return texts;
  const stems = new Set(given.pictures.map(({ name }) => stemOf(name)));
  return texts.filter(({ name }) => /\.(csv|tsv|jsonl)$/i.test(name) || !stems.has(stemOf(name))).slice(0, MOST_TEXTS);
}

interface PathColumn {
  readonly index: number;
  readonly header: readonly string[] | null;
  readonly rows: readonly Row[];
  readonly pictures: readonly (ByteSource | undefined)[];
}

/**
 * Finds the column that names pictures: the one with most cells that name an existing picture, mostly different ones. Null where there is
 * none.
 */
function findPathColumn(
  table: Table,
  find: (cell: string, column?: string) => ByteSource | undefined,
  count: (cell: string) => number,
  byNumber = false,
): PathColumn | null {
  const [first] = table.rows;
  if (!first) return null;
  const width = table.header?.length ?? first.cells.length;
  let header = table.header;
  let body = table.rows;
  if (header === null && width > 1 && looksLikeHeader(table.rows, find)) {
    header = first.cells;
    body = table.rows.slice(1);
  } else if (
    header === null &&
    width === 1 &&
    find(first.cells[0] ?? '') === undefined &&
    !isImageName(first.cells[0] ?? '') &&
    table.rows.length > 1 &&
    find(table.rows[1]?.cells[0] ?? '') !== undefined
  ) {
    header = first.cells;
    body = table.rows.slice(1);
  }
  const sample = body.length <= PROBE_ROWS ? body : body.filter((_, i) => i % Math.ceil(body.length / PROBE_ROWS) === 0);
  let best = { index: -1, score: 0 };
  for (let index = 0; index < width; index++) {
    const cells = sample.map(({ cells: row }) => row[index] ?? '').filter((cell) => cell !== '');
    if (cells.length === 0) continue;
    const name = byNumber ? header?.[index] : undefined;
    const there = cells.map((cell) => find(cell, name)).filter((file) => file !== undefined);
    // Pictures in several parts may share a name, which then stands in several rows.
    const distinct = [...new Set(cells)].reduce((sum, cell) => sum + count(cell), 0);
    const endings = cells.filter(isImageName).length;
    const share = there.length / cells.length;
    if (there.length === 0 || (distinct < 0.5 * there.length && endings < 0.5 * cells.length)) continue;
    const pathlike = endings >= 0.5 * cells.length || mayNamePictures(header?.[index] ?? '');
    if (!pathlike && share < 0.5) continue;
    // A number may coincide with a picture's name; a cell with a picture's extension is certain.
    const masks = namesMasks(header?.[index] ?? '') ? 1 : 0;
    const score = share - masks + (endings >= 0.5 * cells.length ? 1 : 0) + (mayNamePictures(header?.[index] ?? '') ? 0.1 : 0);
    if (score > best.score) best = { index, score };
  }
  if (best.index < 0) return null;
  const called = byNumber ? header?.[best.index] : undefined;
  return {
    index: best.index,
    header,
    rows: body,
    pictures: body.map(({ cells }) => (cells[best.index] ? find(cells[best.index] ?? '', called) : undefined)),
  };
}

/** Whether the first of several rows is a header: none of its cells names a picture, and not all are numbers. */
function looksLikeHeader(rows: readonly Row[], find: (cell: string) => ByteSource | undefined): boolean {
  const [first, second] = rows;
  if (!first) return false;
  const names = (cell: string): boolean => isImageName(cell) || (!isWhole(cell) && find(cell) !== undefined);
  if (first.cells.some(names)) return false;
  if (second === undefined) return false;
  return (
    !first.cells.every((cell) => cell === '' || /^[-+\d.]+$/.test(cell)) &&
    !first.cells.some((cell) => isWhole(cell) && find(cell) !== undefined)
  );
}

/**
 * The picture of each row, by the row's own part where there is a column of parts. Where there is none, a name that pictures of several
 * parts share stands for the training part's, as a table that names no part labels what is trained on, unless several rows have it.
 */
function byParts(
  rows: readonly { readonly written: string; readonly picture: ByteSource | undefined }[],
  columns: readonly Column[],
  find: (cell: string, part: Part | null) => ByteSource | undefined,
): (ByteSource | undefined)[] {
  const own = findPartColumn(columns).found;
  const once = new Set(rows.map(({ written }) => written)).size === rows.length;
  return rows.map(({ written, picture }, row) => {
    if (written === '') return picture;
    if (own) return find(written, own.partOf(own.column.values[row] ?? '')) ?? find(written, null);
    return once ? picture : find(written, null);
  });
}

/** A list of one text, as Python or JSON writes it: `['cat']`. */
const LIST_OF_ONE = /^\[\s*(?:'([^',]*)'|"([^",]*)")\s*\]$/;

/** The columns in a column of JSON objects (`{"class": "cat"}`), or the column itself where it has none. Lists of one are that one. */
function expanded(column: Column): Column[] {
  const listed = [...column.distinct.keys()];
  if (column.filled > 0 && listed.every((value) => LIST_OF_ONE.test(value)))
    return [
      columnOf(
        column.index,
        column.name,
        column.values.map((value) => value.replace(LIST_OF_ONE, '$1$2')),
      ),
    ];
  if (column.filled === 0 || ![...column.distinct.keys()].every((value) => /^\{.*\}$/s.test(value))) return [column];
  const records = column.values.map((value) => new Map(value === '' ? [] : flattened(parseJson(value))));
  const names = [...new Set(records.flatMap((record) => [...record.keys()]))].filter((name) => name !== '');
  if (names.length === 0) return [column];
  return names.map((name) =>
    columnOf(
      column.index,
      `${column.name}.${name}`,
      records.map((record) => record.get(name) ?? ''),
    ),
  );
}

/** Reads a list without a header whose name says that it has parts, with a number for each, as CelebA's does. */
function namedForItsParts(file: ByteSource, columns: readonly Column[], header: readonly string[] | null): readonly Column[] {
  const [only, second] = columns;
  const listsParts = wordsOf(baseName(file.name)).some((word) => /^(partitions?|splits?)$/.test(word));
  const numbers = /^0 1( 2)?$/.test([...(only?.distinct.keys() ?? [])].sort().join(' '));
  return only && !second && header === null && listsParts && numbers ? [{ ...only, name: 'split' }] : columns;
}

function pictureTable(table: Table, index: PictureIndex): PictureTable | null {
  const folder = folderOf(table.file.name);
  const part = partOfPath(table.file.name);
  const numbered = (cell: string, name: string): ByteSource | undefined =>
    mayNamePictures(name) ? index.findNumber(cell) : undefined;
  const find = (cell: string, of: Part | null, column = ''): ByteSource | undefined =>
    index.find(cell, folder, of) ?? numbered(cell, column);
  const inPart = (cell: string, column = ''): ByteSource | undefined =>
    find(cell, part, column) ?? (part === null ? find(cell, 'train', column) : undefined);
  const found =
    findPathColumn(table, inPart, (cell) => index.count(cell)) ??
    (table.rows.length < LEAST_NUMBERED * index.numbered || table.rows.slice(0, 3).some(({ cells }) => cells.some(isImageName))
      ? null
      : findPathColumn(table, inPart, (cell) => (index.findNumber(cell) ? 1 : 0), true));
  if (!found) return null;
  const { rows, header } = found;
  const width = header?.length ?? rows[0]?.cells.length ?? 0;
  const columns: Column[] = [];
  for (let at = 0; at < width; at++) {
    if (at === found.index) continue;
    const values = rows.map(({ cells }) => cells[at] ?? '');
    columns.push(...expanded(columnOf(at, header?.[at] ?? String(at + 1), values)));
  }
  const written = rows.map(({ cells }) => cells[found.index] ?? '');
  const named = written.map((cell, row) => ({ written: cell, picture: found.pictures[row] }));
  const masks = columns.filter(
    ({ name, values, filled }) =>
      header !== null && namesMasks(name) && values.filter((cell) => isImageName(cell)).length >= 0.5 * Math.max(1, filled),
  );
  return {
    file: table.file,
    pictures: part === null ? byParts(named, columns, find) : found.pictures,
    written,
    lines: rows.map(({ line }) => line),
    columns: namedForItsParts(
      table.file,
      columns.filter((column) => !masks.includes(column)),
      header,
    ),
    ...(table.labelColumn === undefined ? {} : { labelColumn: table.labelColumn }),
    part,
    masks: masks.flatMap(({ values }) => values.flatMap((cell) => (cell === '' ? [] : (find(cell, part) ?? [])))),
  };
}

/** Whether a table gives each number a name of its own, as a list of classes does; pictures may be called by the same numbers. */
function namesNumbers({ file, written, columns }: PictureTable, pictures: number): boolean {
  if (!listsClasses(file.name) || !written.every(isWhole)) return false;
  const different = columns.filter(({ distinct }) => distinct.size === written.length);
  if (different.length === columns.length) return true;
  return written.length < pictures / 2 && different.some(({ name }) => namesThem(name));
}

/** Reads a table. Of a long text only the beginning is read at first, to see whether it names pictures. */
async function readTables(
  file: ByteSource,
  index: PictureIndex,
  folders: () => FolderIndex,
): Promise<{ table: PictureTable | null; names: NameList }> {
  const none: NameList = { file, readings: [], lines: [] };
  const long = file.size > PROBE_BYTES && !/\.json$/i.test(file.name);
  if (long) {
    const bytes = await file.read(0, PROBE_BYTES);
    const probe = decodeText(file, bytes, true);
    const lines = probe.slice(0, probe.lastIndexOf('\n') + 1);
    const any = tablesOfText(file, lines).some((table) => pictureTable(table, index) !== null);
    if (!any) return { table: null, names: none };
  }
  const text = await readText(file);
  for (const reading of tablesOfText(file, text)) {
    const table = pictureTable(reading, index);
    if (table && !namesNumbers(table, index.size)) return { table, names: none };
  }
  for (const reading of tablesOfText(file, text)) {
    const rows = reading.rows.length <= MOST_FOLDER_ROWS ? rowsOfPictures(reading, folders()) : null;
    const table = rows && pictureTable(rows, index);
    if (table) return { table, names: none };
  }
  return { table: null, names: /\.xml$/i.test(file.name) ? none : nameListOf(file, text) };
}

/**
 * Finds the tables whose rows name existing pictures, with any separator, with or without a header. A list that refers to such a table by
 * its row numbers becomes columns of it (CUB-200's `image_class_labels.txt` beside `images.txt`).
 */
export async function findTables(given: Given, index: PictureIndex): Promise<TablesFound> {
  const unreadable = new Map<ByteSource, PlaygroundError>();
  const files = candidates(given);
  let folders: FolderIndex | null = null;
  const inFolders = (): FolderIndex => (folders ??= new FolderIndex(index.files));
  const stems = new Set(given.pictures.flatMap(({ name }) => [baseName(name), stemOf(name)]));
  const read = await mapConcurrently(files, 4, async (file) => {
    try {
      const one = await readTables(file, index, inFolders);
      // What lies beside one picture under its name describes it, and lists none, even where a number in it is a picture's name.
      const beside = stems.has(stemOf(file.name)) && new Set(one.table?.pictures).size < 2;
      return { file, ...one, ...(beside ? { table: null } : {}) };
    } catch (cause) {
      if (!(cause instanceof PlaygroundError)) throw cause;
      if (/\.(csv|tsv|jsonl|txt)$/i.test(file.name)) unreadable.set(file, cause);
      return { file, table: null, names: { file, readings: [], lines: [] } };
    }
  });
  const others = [...(await parquetTables(given)), ...(await sidecarTables(given, index))].map((table) =>
    pictureTable(table, index),
  );
  const tables = [...read.map(({ table }) => table), ...others].filter((table) => table !== null);
  const names = read.filter(({ table }) => table === null).map((each) => each.names);
  return { tables: tables.map((table) => joined(table, names)), names, unreadable };
}

/** Adds to a list of numbered pictures the columns of the lists beside it that have the same numbers. */
function joined(table: PictureTable, others: TablesFound['names']): PictureTable {
  const ids = table.columns.find(
    ({ distinct, filled, values }) => distinct.size === filled && filled === values.length && values.every(isWhole),
  );
  if (!ids || table.columns.length !== 1) return table;
  const folder = folderOf(table.file.name);
  const added: Column[] = [];
  for (const { file, readings } of others) {
    const [rows = []] = readings;
    if (folderOf(file.name) !== folder || rows.length < 0.9 * ids.values.length) continue;
    if (rows.some(({ cells }) => cells.length !== 2)) continue;
    const byId = new Map(rows.map(({ cells }) => [cells[0] ?? '', cells[1] ?? '']));
    if (byId.size !== rows.length || ids.values.filter((id) => byId.has(id)).length < 0.9 * ids.values.length) continue;
    const name = baseName(file.name).replace(/\.\w+$/, '');
    added.push(
      columnOf(
        table.columns.length + 1 + added.length,
        name,
        ids.values.map((id) => byId.get(id) ?? ''),
      ),
    );
  }
  return added.length === 0 ? table : { ...table, columns: added };
}
