/**
 * Reads tables whose rows are pictures: a column for each pixel (`label,pixel0,...,pixel783`), or one column of numbers separated by spaces
 * (`emotion,pixels,Usage`). One pass over the file finds the rows; a row is read again when its picture is needed.
 */
import type { ByteSource } from '../../../containers/bytes.js';
import type { SkippedFile } from '../../../protocol/api.js';
import type { Part } from '../../../protocol/maps.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { partOfName, partOfPath, wordsOf } from '../../parts.js';
import { baseName, naturalOrder } from '../../paths.js';
import { declaredReading, type Labelled } from '../../readings/labelled.js';
import type { Given, Proposal, ReadingOptions } from '../../readings/types.js';
import { layoutOf, toPicture, type PixelLayout } from './pixels.js';

const CHUNK = 2 ** 20;
/** The longest row in bytes; no table of pictures has a longer one. */
const LONGEST_ROW = 2 ** 22;
/** A table with fewer columns has paths and labels, not pixels. */
const FEWEST_PIXELS = 49;
/** The most columns besides the pixels: a label, a part, an identifier and a few more. */
const MOST_OTHERS = 8;
const LABEL_WORDS = new Set(['label', 'labels', 'class', 'target', 'emotion', 'digit', 'y', 'category', 'cls']);
const PART_WORDS = new Set(['usage', 'split', 'set', 'subset', 'part', 'partition', 'phase', 'mode']);

const COMMA = 0x2c;
const LINE_END = 0x0a;
const decoder = new TextDecoder();

const isPixelName = (name: string): boolean => /^(pixels?|px|p|x|v)?[ _.-]?\d+(\.\d+)?([x_]\d+)?$/i.test(name.trim());

interface Columns {
  readonly header: boolean;
  readonly count: number;
  /** The label's column; null where there is none. */
  readonly label: number | null;
  readonly part: number | null;
  /** The column that has all pixels; null where each has its own. */
  readonly together: number | null;
  /** The columns of single pixels; empty where one column has all. */
  readonly pixels: readonly number[];
}

const unquoted = (cell: string): string => cell.trim().replace(/^"(.*)"$/, '$1');
const cellsOf = (line: string): string[] => line.replace(/\r$/, '').split(',').map(unquoted);
const isNumber = (cell: string): boolean => /^-?\d+(\.\d+)?$/.test(cell);

function namedColumn(names: readonly string[], words: ReadonlySet<string>): number | null {
  const at = names.findIndex((name) => wordsOf(name).some((word) => words.has(word)));
  return at < 0 ? null : at;
}

/** Finds out the columns from the first two lines; null where the table is not one of pixels. */
function columnsOf(first: readonly string[], second: readonly string[], wanted: string | undefined): Columns | null {
  const header = !first.every(isNumber);
  const named = wanted === undefined ? -1 : first.indexOf(wanted);
  const together = second.findIndex((cell) => /^\d+( +\d+){48,}$/.test(cell));
  const part = header ? namedColumn(first, PART_WORDS) : null;
  if (together >= 0) {
    const label = named >= 0 ? named : header ? namedColumn(first, LABEL_WORDS) : together === 0 ? 1 : 0;
    return { header, count: second.length, label, part, together, pixels: [] };
  }
  if (second.length < FEWEST_PIXELS || first.length !== second.length) return null;
  const all = first.map((_, column) => column);
  // Without a header all columns are pixels if that makes a square; otherwise the first is the label.
  const square = (count: number): boolean => layoutOf([count]) !== null;
  if (!header) {
    if (square(all.length)) return { header, count: all.length, label: null, part, together: null, pixels: all };
    return square(all.length - 1) ? { header, count: all.length, label: 0, part, together: null, pixels: all.slice(1) } : null;
  }
  const label = named >= 0 ? named : namedColumn(first, LABEL_WORDS);
  const pixels = all.filter(
    (column) => column !== label && column !== part && isPixelName(first[column] ?? '') && isNumber(second[column] ?? ''),
  );
  if (pixels.length < FEWEST_PIXELS || all.length - pixels.length > MOST_OTHERS) return null;
  // Some tables have their first picture as a header; then the first column is the label.
  const headless = label === null && !square(pixels.length) && square(pixels.length - 1);
  if (headless) return { header, count: all.length, label: pixels[0] ?? 0, part, together: null, pixels: pixels.slice(1) };
  return square(pixels.length) ? { header, count: all.length, label, part, together: null, pixels } : null;
}

interface Row {
  readonly offset: number;
  readonly length: number;
}

/** Calls `row` with the bytes of each line that is not empty, in order. Only a chunk and a line are in memory at a time. */
async function eachLine(file: ByteSource, row: (bytes: Uint8Array, at: Row) => void): Promise<void> {
  let kept = new Uint8Array(0);
  let keptAt = 0;
  for (let at = 0; at < file.size; at += CHUNK) {
    const chunk = await file.read(at, Math.min(CHUNK, file.size - at));
    const bytes = new Uint8Array(kept.length + chunk.length);
    bytes.set(kept);
    bytes.set(chunk, kept.length);
    let from = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
      if (end > from + 1) row(bytes.subarray(from, end), { offset: keptAt + from, length: end - from });
      from = end + 1;
    }
    kept = bytes.slice(from);
    keptAt += from;
    if (kept.length > LONGEST_ROW) return;
  }
  if (kept.length > 1) row(kept, { offset: keptAt, length: kept.length });
}

/** The text of one cell, found without splitting the whole line. */
function cellAt(line: Uint8Array, column: number): string {
  let from = 0;
  for (let i = 0; i < column; i++) {
    const comma = line.indexOf(COMMA, from);
    if (comma < 0) return '';
    from = comma + 1;
  }
  const end = line.indexOf(COMMA, from);
  return unquoted(decoder.decode(line.subarray(from, end < 0 ? line.length : end)));
}

/** FER2013 calls its validation part PublicTest and its test part PrivateTest. */
const partOfCell = (cell: string): Part | null => (/^public_?test$/i.test(cell) ? 'validation' : partOfName(cell));

function pixelReader(file: ByteSource, row: Row, columns: Columns, layout: PixelLayout, name: string): Labelled['content'] {
  return {
    kind: 'pixels',
    read: async () => {
      const cells = cellsOf(decoder.decode(await file.read(row.offset, row.length)));
      const together = columns.together === null ? null : (cells[columns.together] ?? '').split(/ +/);
      const values = (together ?? columns.pixels.map((column) => cells[column] ?? '')).map((cell) =>
        cell === '' ? NaN : Number(cell),
      );
      const wrong = values.findIndex((value) => !(value >= 0 && value <= 255));
      if (wrong >= 0 || values.length !== layout.height * layout.width * layout.channels) {
        const why = wrong >= 0 ? `its pixel ${wrong} is no number from 0 to 255` : `it has ${values.length} pixels`;
        throw new PlaygroundError('data.image', `${name}: ${why}`, { subject: name });
      }
      return toPicture(values, layout);
    },
  };
}

interface Read {
  readonly pictures: readonly Labelled[];
  readonly leftOut: readonly SkippedFile[];
  readonly labelName: string | null;
  readonly partColumn: string | null;
}

async function readTable(file: ByteSource, columns: Columns, layout: PixelLayout, names: readonly string[]): Promise<Read> {
  const { label, part, count } = columns;
  const titleOf = (column: number | null): string | null => (column === null || !columns.header ? null : (names[column] ?? null));
  const partColumn = titleOf(part);
  if (label === null) {
    const leftOut = [{ name: file.name, reason: 'holds pictures as pixels and no label column' }];
    return { pictures: [], leftOut, labelName: null, partColumn };
  }
  const filePart = partOfPath(file.name);
  const pictures: Labelled[] = [];
  const leftOut: SkippedFile[] = [];
  let line = 0;
  await eachLine(file, (bytes, at) => {
    if (line++ === 0 && columns.header) return;
    const name = `${file.name}#${line - 1 - Number(columns.header)}`;
    let commas = 0;
    for (const byte of bytes) if (byte === COMMA) commas++;
    if (commas + 1 !== count) {
      leftOut.push({ name, reason: `has ${commas + 1} cells where ${count} were expected` });
      return;
    }
    const cell = cellAt(bytes, label);
    const value = /^-?\d+(\.0+)?$/.test(cell) ? Number(cell) : cell;
    if (value === '') leftOut.push({ name, reason: 'has no label' });
    else {
      const said = part === null ? null : partOfCell(cellAt(bytes, part));
      pictures.push({ name, label: value, part: said ?? filePart, content: pixelReader(file, at, columns, layout, name) });
    }
  });
  return { pictures, leftOut, labelName: titleOf(label), partColumn };
}

/** The cells of the first two lines; null where the file's beginning does not look like a table of pixels. */
async function firstLines(given: Given, file: ByteSource): Promise<[string[], string[]] | null> {
  if (!/\.(csv|txt|data)$/i.test(baseName(file.name)) || file.size < 2 * FEWEST_PIXELS) return null;
  const head = decoder.decode(await given.head(file));
  const [first = ''] = head.split('\n');
  if (first.split(',').length < 40 && !/\bpixels?\b/i.test(first)) return null;
  const text = decoder.decode(await file.read(0, Math.min(LONGEST_ROW, file.size))).replace(/^\ufeff/, '');
  const [one = '', two = ''] = text.split('\n', 2);
  return [cellsOf(one), cellsOf(two === '' ? one : two)];
}

interface Found {
  readonly file: ByteSource;
  readonly names: readonly string[];
  readonly columns: Columns;
  readonly layout: PixelLayout;
}

async function findTables(given: Given, options: ReadingOptions): Promise<Found[]> {
  const found: Found[] = [];
  for (const file of [...given.others].sort((a, b) => naturalOrder(a.name, b.name))) {
    const lines = await firstLines(given, file);
    const columns = lines && columnsOf(...lines, options.labelColumn);
    if (!lines || !columns) continue;
    const together = columns.together === null ? null : (lines[1][columns.together] ?? '').split(/ +/).length;
    const layout = layoutOf([together ?? columns.pixels.length]);
    if (layout) found.push({ file, names: lines[0], columns, layout });
  }
  return found;
}

const sizeOf = ({ height, width, channels }: PixelLayout): number => height * width * channels;

/**
 * Reads tables with a row for each picture: Kaggle's digit-recognizer, MNIST and Fashion-MNIST as CSV, FER2013. Where tables have pictures
 * of several sizes, the smaller are taken for copies, and only the largest are read.
 */
export async function readPixelTables(given: Given, options: ReadingOptions): Promise<readonly Proposal[]> {
  const found = await findTables(given, options);
  const largest = found.reduce((most, { layout }) => Math.max(most, sizeOf(layout)), 0);
  const read: Read[] = [];
  const leftOut: SkippedFile[] = [];
  for (const { file, names, columns, layout } of found) {
    if (sizeOf(layout) === largest) read.push(await readTable(file, columns, layout, names));
    else leftOut.push({ name: file.name, reason: 'holds smaller pictures than the table beside it, which is read' });
  }
  const pictures = read.flatMap((each) => [...each.pictures]);
  if (pictures.length === 0) return [];
  const partColumn = read.find((each) => each.partColumn !== null)?.partColumn;
  const labelName = read.find((each) => each.labelName !== null)?.labelName;
  return [
    declaredReading(
      {
        form: 'pixels',
        title: 'a table of pixels',
        leftOut: [...leftOut, ...read.flatMap((each) => each.leftOut)],
        accounts: found.map(({ file }) => file),
        labelsFrom: labelName === undefined ? 'the first column' : `column '${labelName ?? ''}'`,
        partsFrom: partColumn === undefined ? "the tables' names" : `column '${partColumn ?? ''}'`,
      },
      pictures,
    ),
  ];
}
