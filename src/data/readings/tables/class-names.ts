import { z } from 'zod';
import type { ByteSource } from '../../../containers/bytes.js';
import { wordsOf } from '../../parts.js';
import { baseName } from '../../paths.js';
import { readText } from '../../readers/text.js';
import type { Labelled } from '../labelled.js';
import type { Given } from '../types.js';
import { parseJson } from './json.js';
import { tablesOfText, type Row } from './text.js';

/** A text that names no pictures, and so may be the list of class names. */
export interface NameList {
  readonly file: ByteSource;
  /** Its rows, in each way to read it as a table. */
  readonly readings: readonly (readonly Row[])[];
  /** Its lines, or the texts of a JSON list. */
  readonly lines: readonly string[];
  /** Whether the file's form says that these are the classes, whatever it is called. */
  readonly declared?: boolean;
}

/** The names of labels and of all numbers in a list, or the reason why the list is not used. */
export type NamesFound =
  | { readonly file: ByteSource; readonly names: ReadonlyMap<string, string>; readonly all: ReadonlyMap<number, string> }
  | { readonly file: ByteSource; readonly unclear: string };

const CLASS_LIST = new Set(
  'class classes category categories label labels name names species breeds synset synsets wnids variants classnames labelnames'.split(
    ' ',
  ),
);
/** Words of which the header of a list of names may consist. */
const HEADER = new Set([...CLASS_LIST, 'classname', 'labelname', 'id', 'breed', 'variant', 'title']);

const textsSchema = z.array(z.string()).min(2);
const wrappedSchema = z.record(z.string(), z.unknown());

/** The texts of a JSON list, alone or as the only list of texts in an object. */
function textsOfJson(text: string): readonly string[] {
  const value = parseJson(text);
  const bare = textsSchema.safeParse(value);
  if (bare.success) return bare.data;
  const lists = Object.values(wrappedSchema.safeParse(value).data ?? {}).flatMap((each) => {
    const texts = textsSchema.safeParse(each);
    return texts.success ? [texts.data] : [];
  });
  return lists.length === 1 ? (lists[0] ?? []) : [];
}

const numberedSchema = z.record(z.string().regex(/^\d+$/), textsSchema);

/** Rows of numbers with names from JSON such as `{"0": ["n01440764", "tench"]}`, as Keras has for ImageNet; the last name counts. */
function numberedRows(text: string): Row[] {
  const numbered = numberedSchema.safeParse(parseJson(text));
  return Object.entries(numbered.data ?? {}).map(([number, names], i) => ({ cells: [number, names.at(-1) ?? ''], line: i + 1 }));
}

const ITEM = /item\s*\{([^}]*)\}/g;

/** Rows of numbers with names from a label map of TensorFlow, `item { id: 1 name: 'cat' }`. */
function labelMapRows(text: string): Row[] {
  return [...text.matchAll(ITEM)].map(([, item = ''], i) => {
    const name = /\b(?:display_name|name)\s*:\s*(?:"([^"]*)"|'([^']*)')/.exec(item);
    return { cells: [/\bid\s*:\s*(\d+)/.exec(item)?.[1] ?? '', name?.[1] ?? name?.[2] ?? ''], line: i + 1 };
  });
}

const unquoted = (line: string): string => line.trim().replace(/^"(.*)"$/, '$1');

export function nameListOf(file: ByteSource, text: string): NameList {
  if (/\.pbtxt$/i.test(file.name)) return { file, readings: [labelMapRows(text)], lines: [] };
  const json = /\.json$/i.test(file.name);
  const numbered = json ? numberedRows(text) : [];
  const readings = [...(numbered.length > 0 ? [numbered] : []), ...tablesOfText(file, text).map(({ rows }) => rows)];
  const lines = json ? textsOfJson(text) : text.split(/\r?\n|\r/).map(unquoted);
  return { file, readings, lines: lines.filter((line) => line !== '') };
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** Names by the number that stands before or behind each; null where some number has none, or names are numbers or repeat. */
function byNumber(titles: ReadonlySet<string>, rows: readonly Row[]): Map<number, string> | null {
  for (const [at, beside] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const numbered = rows.filter(({ cells }) => cells.length >= 2 && isNumber(cells[at] ?? ''));
    const named = new Map(numbered.map(({ cells }) => [Number(cells[at]), cells[beside] ?? '']));
    const names = [...titles].map((title) => named.get(Number(title)) ?? '');
    // Numbers are not names: such a list labels pictures by their numbers.
    const sound = names.every((name) => name !== '' && !isNumber(name));
    if (sound && named.size === numbered.length && new Set(names).size === names.length) return named;
  }
  return null;
}

/**
 * Names by line. The lines count from 0 where the number 0 occurs, and from 1 where the largest number is that of the last line. Otherwise
 * nothing tells which of the two it is, and one of them names every class wrongly.
 */
function byLine(titles: ReadonlySet<string>, lines: readonly string[]): Map<number, string> | 'unclear' | null {
  const [first = ''] = lines;
  const headed = wordsOf(first).length > 0 && wordsOf(first).every((word) => HEADER.has(word));
  const names = headed ? lines.slice(1) : lines;
  const numbers = [...titles].map(Number);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (names.length < titles.size || new Set(names).size !== names.length || names.every(isNumber)) return null;
  const from = low === 0 ? 0 : 1;
  if (high - from >= names.length) return null;
  if (low > 0 && high !== names.length) return 'unclear';
  return new Map(names.map((name, line) => [line + from, name]));
}

/** Whether a column's name says that it has the names of things: `name`, `class_name`, `breed`. */
export const namesThem = (column: string): boolean => wordsOf(column).some((word) => HEADER.has(word) && word !== 'id');

/** Whether a file's name says that it lists classes: `classes.txt`, `label_map.json`. */
export const listsClasses = (path: string): boolean =>
  wordsOf(baseName(path).replace(/\.\w+$/, '')).some((word) => CLASS_LIST.has(word));

/** Names for labels that are whole numbers, from a list beside the tables: by the number beside each name, or by its line. */
export function classNames(titles: ReadonlySet<string>, lists: readonly NameList[]): NamesFound | null {
  if (titles.size < 2 || ![...titles].every(isNumber)) return null;
  const of = (all: ReadonlyMap<number, string>): Map<string, string> =>
    new Map([...titles].map((title) => [title, all.get(Number(title)) ?? title]));
  let unclear: NamesFound | null = null;
  for (const { file, readings, lines, declared } of lists) {
    if (declared !== true && !listsClasses(file.name)) continue;
    for (const rows of readings) {
      const all = byNumber(titles, rows);
      if (all) return { file, names: of(all), all };
    }
    // A list of several columns has its names in one of them, and its lines are no names.
    if (
      /\.(csv|tsv)$/i.test(file.name) &&
      (readings[0]?.[0]?.cells.length ?? 1) >= 2 &&
      lines.some((line) => /[,;\t]/.test(line))
    )
      continue;
    const all = byLine(titles, lines);
    if (all === 'unclear')
      unclear ??= {
        file,
        unclear: `${file.name} names ${lines.length} classes, and the numbers of the labels do not tell whether its first line is 0 or 1, so the classes keep their numbers`,
      };
    else if (all) return { file, names: of(all), all };
  }
  return unclear;
}

/** A longer file is no list of class names. */
const LONGEST_LIST = 2 ** 22;
const MOST_NAMES = 100_000;

/** Names in the order of their numbers, `` for a number without one, for pictures whose labels are numbers, from a list beside the files that hold them. */
export async function namesBesideFiles(
  given: Given,
  pictures: readonly Labelled[],
): Promise<{ readonly names: readonly string[]; readonly file: ByteSource } | null> {
  const titles = new Set(pictures.map(({ label }) => String(label)));
  const lists: NameList[] = [];
  for (const file of given.others) {
    if (file.size > LONGEST_LIST || !/\.(txt|json|csv|tsv)$/i.test(file.name) || !listsClasses(file.name)) continue;
    const text = await readText(file).catch(() => null);
    if (text !== null) lists.push(nameListOf(file, text));
  }
  const found = classNames(titles, lists);
  if (!found || !('names' in found)) return null;
  const largest = Math.max(...found.all.keys());
  if (largest > MOST_NAMES) return null;
  const names = Array.from({ length: largest + 1 }, (_, number) => found.all.get(number) ?? '');
  return { names, file: found.file };
}
