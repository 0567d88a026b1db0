/** Chooses the columns of pictures and of labels. */
import { imageFormat } from '../../pictures/image-files.js';
import { wordsOf } from '../../parts.js';
import type { Question } from '../../../vit/errors.js';
import type { Column, ColumnFile } from './types.js';

const PICTURE_NAMES = ['image', 'img', 'images', 'picture', 'photo', 'pixel_values', 'jpg', 'jpeg', 'png', 'webp'];
/** Words in the names of picture columns that annotate another picture. */
const MASK_WORDS = new Set(
  [
    'mask',
    'masks',
    'segmentation',
    'segmentations',
    'annotation',
    'annotations',
    'annotated',
    'depth',
    'trimap',
    'label',
    'labels',
    'target',
  ].concat([
    'normal',
    'normals',
    'edge',
    'edges',
    'heatmap',
    'thumbnail',
    'semantic',
    'instance',
    'gt',
    'overlay',
    'bbox',
    'conditioning',
  ]),
);

/** Names of label columns, the surest first. */
export const LABEL_NAMES = ['label', 'labels', 'fine_label', 'class', 'class_label', 'target', 'category', 'cls', 'y'];
const LABEL_WORDS = new Set(
  [
    'label',
    'labels',
    'class',
    'classes',
    'target',
    'category',
    'species',
    'breed',
    'diagnosis',
    'dx',
    'type',
    'tag',
    'variety',
    'cls',
  ].concat([
    'genus',
    'family',
    'kind',
    'grade',
    'emotion',
    'digit',
    'object',
    'scene',
    'style',
    'artist',
    'disease',
    'gender',
    'character',
  ]),
);
/** Words in the names of columns that number, measure or identify pictures. */
const MEASURE_WORDS = new Set(
  [
    'id',
    'ids',
    'index',
    'idx',
    'width',
    'height',
    'age',
    'size',
    'path',
    'filename',
    'file',
    'url',
    'caption',
    'text',
    'width',
    'channels',
  ].concat([
    'hash',
    'md',
    'sha',
    'date',
    'time',
    'timestamp',
    'lat',
    'lon',
    'latitude',
    'longitude',
    'score',
    'confidence',
    'area',
    'split',
    'fold',
    'bytes',
  ]),
);

/** Whether a name is that of an annotation of another picture, such as a mask: `seg`, `depth_map`. */
export const namesAnnotation = (name: string): boolean => wordsOf(name).some((word) => MASK_WORDS.has(word));

/** The name of the picture column; null where there is none. A column of bytes counts if its first value is a picture. */
export async function pictureColumn(file: ColumnFile): Promise<string | null> {
  const fitting: Column[] = [];
  for (const column of file.columns) {
    if (column.type === 'picture') fitting.push(column);
    else if (column.type === 'bytes' && (await holdsPictures(file, column.name))) fitting.push(column);
  }
  const masks = fitting.filter(({ name }) => namesAnnotation(name));
  const pictures = fitting.filter((column) => !masks.includes(column));
  const named = PICTURE_NAMES.map((name) => pictures.find((column) => column.name.toLowerCase() === name)).find(Boolean);
  const declared = pictures.find(({ name }) => file.features.get(name)?.kind === 'picture');
  return (named ?? declared ?? pictures[0])?.name ?? null;
}

async function holdsPictures(file: ColumnFile, column: string): Promise<boolean> {
  for (let row = 0; row < Math.min(file.rows, 8); row++) {
    const value = await file.picture(column, row);
    if (value instanceof Uint8Array) return imageFormat(value) !== null;
  }
  return false;
}

export interface LabelColumn {
  readonly name: string;
  readonly type: Column['type'];
  readonly values: readonly (number | string | null)[];
  /** Whether the file or the column's name says that it has labels; false where only its values suggest it. */
  readonly sure: boolean;
}

const decoder = new TextDecoder();

/** A label as a number or a word; null where it is missing, undefined where the value is something else, such as a list. */
function labelOf(value: unknown): number | string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (value instanceof Uint8Array) return decoder.decode(value);
  return typeof value === 'string' ? value : undefined;
}

/** A column's values as labels; null where they cannot be labels: lists, pictures or fractions. */
async function asLabels(file: ColumnFile, { name, type }: Column): Promise<(number | string | null)[] | null> {
  if (type === 'list' || type === 'other' || type === 'picture') return null;
  const values = (await file.values(name)).map(labelOf);
  if (values.includes(undefined)) return null;
  if (values.some((value) => typeof value === 'number' && !Number.isInteger(value))) return null;
  return values.map((value) => value ?? null);
}

/** Whether values repeat as classes do: at least two different ones, each occurring twice on average. */
function repeats(values: readonly (number | string | null)[]): boolean {
  const there = values.filter((value) => value !== null);
  const distinct = new Set(there).size;
  return distinct >= 2 && distinct <= Math.max(2, there.length / 2);
}

function candidates(file: ColumnFile, picture: string): { column: Column; sure: boolean }[] {
  const others = file.columns.filter(({ name, type }) => name !== picture && type !== 'picture');
  const declared = others.filter(({ name }) => file.features.get(name)?.kind === 'class');
  const place = ({ name }: Column): number =>
    (LABEL_NAMES.indexOf(name.toLowerCase()) + LABEL_NAMES.length + 1) % (LABEL_NAMES.length + 1);
  const byName = (list: readonly Column[]): Column[] => [...list].sort((a, b) => place(a) - place(b));
  const named = byName(others.filter((column) => place(column) < LABEL_NAMES.length));
  const worded = others.filter(({ name }) => {
    const words = wordsOf(name);
    return words.some((word) => LABEL_WORDS.has(word)) && !words.some((word) => MEASURE_WORDS.has(word));
  });
  const guessed = others.filter(({ name }) => !wordsOf(name).some((word) => MEASURE_WORDS.has(word)));
  const words = guessed.filter(({ type }) => type !== 'integer' && type !== 'real');
  const ordered = [...byName(declared), ...named, ...worded].map((column) => ({ column, sure: true }));
  const all = [...ordered, ...[...words, ...guessed].map((column) => ({ column, sure: false }))];
  return all.filter(({ column }, i) => all.findIndex((each) => each.column === column) === i);
}

/**
 * The label column: a declared class label, then a column named for labels, then one with values that repeat. Where there is only a column
 * of lists of labels, its name is returned as `several`; null where there is none at all.
 *
 * @param parts the column of parts, which has no labels unless it is asked for.
 */
export async function labelColumn(
  file: ColumnFile,
  picture: string,
  wanted?: string,
  parts: string | null = null,
): Promise<LabelColumn | { readonly several: string } | null> {
  let several: string | null = null;
  const asked = file.columns.filter(({ name }) => name === wanted).map((column) => ({ column, sure: true }));
  for (const { column, sure } of wanted === undefined ? candidates(file, picture) : asked) {
    if (wanted === undefined && column.name === parts) continue;
    if (column.type === 'list' && (sure || wanted !== undefined)) several ??= column.name;
    const values = await asLabels(file, column);
    if (!values) continue;
    if (sure || wanted !== undefined || repeats(values)) return { name: column.name, type: column.type, values, sure };
  }
  return several === null ? null : { several };
}

/**
 * Asks which column has the labels of a file where none is known to: of those whose values recur. Undefined where there is none, or one was
 * asked for.
 */
export async function whichColumn(file: ColumnFile, picture: string, wanted: string | undefined): Promise<Question | undefined> {
  const answers: Question['answers'][number][] = [];
  for (const column of wanted === undefined ? file.columns : []) {
    const values = column.name === picture ? null : await asLabels(file, column);
    const distinct = new Set((values ?? []).filter((value) => value !== null));
    if (!values || distinct.size < 2 || distinct.size >= values.length) continue;
    const shown = [...distinct].slice(0, 4).join(', ');
    const more = distinct.size > 4 ? ', ...' : '';
    answers.push({ value: column.name, title: `the column '${column.name}' (${distinct.size} classes: ${shown}${more})` });
  }
  if (answers.length === 0) return undefined;
  const text = `${file.file.name} is not used: none of its columns could be taken for the labels`;
  return { text, option: 'labelColumn', answers, open: true };
}

/** Whether the values of two columns correspond one to one, as a class's number and its name do. */
function correspond(one: readonly unknown[], other: readonly unknown[]): boolean {
  const pairs = new Set(one.map((value, row) => JSON.stringify([value, other[row]])));
  return pairs.size === new Set(one).size && pairs.size === new Set(other).size;
}

/**
 * Other columns that might have the labels as well, and say something else: declared class labels beside a declared one, otherwise columns
 * that are called label beside one that is.
 */
export async function rivalsOf(file: ColumnFile, picture: string, label: LabelColumn): Promise<string[]> {
  if (!label.sure) return [];
  const declared = (name: string): boolean => file.features.get(name)?.kind === 'class';
  const called = (name: string): boolean => wordsOf(name).some((word) => LABEL_NAMES.includes(word));
  const alike = declared(label.name) ? declared : called(label.name) ? called : () => true;
  const rivals: string[] = [];
  for (const { column, sure } of candidates(file, picture)) {
    if (!sure || column.name === label.name || !alike(column.name)) continue;
    const values = await asLabels(file, column);
    if (values && new Set(values).size >= 2 && !correspond(label.values, values)) rivals.push(column.name);
  }
  return rivals;
}

/** Names for the numbers of a label column, from another column whose values correspond to them one to one; null where there is none. */
export async function namesBeside(
  file: ColumnFile,
  picture: string,
  label: LabelColumn,
): Promise<ReadonlyMap<number, string> | null> {
  const beside = file.columns.filter(({ name, type }) => type === 'text' && name !== label.name && name !== picture);
  for (const column of beside) {
    const words = await asLabels(file, column);
    const names = new Map<number, string>();
    const fits = words?.every((word, row) => {
      const number = label.values[row];
      if (typeof number !== 'number' || number === -1) return true;
      const known = names.get(number);
      if (typeof word !== 'string' || word === '') return false;
      names.set(number, word);
      return known === undefined || known === word;
    });
    if (fits && names.size >= 2 && new Set(names.values()).size === names.size && names.size <= label.values.length / 2)
      return names;
  }
  return null;
}
