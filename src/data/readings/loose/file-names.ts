import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { isPurePart, withoutPart } from './folder-names.js';
import { partOfName, wordsOf } from '../../parts.js';
import { folderOf, stemOf } from '../../paths.js';

/** Words that cameras, tools and people use for any picture, which therefore name no class. */
const ANY = new Set(
  'img image images dsc dscn photo photos pic picture pictures frame file scan screenshot download unnamed untitled sample test train val valid crop copy p x im'.split(
    ' ',
  ),
);

/**
 * The words before a separator and a number: `cat.0.jpg`, `Abyssinian_12.jpg`, `great pyrenees (3).png`. Null where the name has another
 * form or its words say nothing.
 */
export function wordsBeforeNumber(path: string): string | null {
  // Teachable Machine writes `-!-` between class and number.
  const match = /^(.*\p{L}.*?)(?:-!-|[ ._-]+)\(?\d+\)?$/u.exec(stemOf(path));
  return classWords(match?.[1]?.replace(/(-!|[ ._-]+)$/, ''));
}

/** The words behind a number: `12_cat.png`, as CIFAR's pictures are called. Null where the name has another form. */
function wordsAfterNumber(path: string): string | null {
  return classWords(/^\d+[ ._-]+(\p{L}[\p{L}\p{M} _-]*)$/u.exec(stemOf(path))?.[1]);
}

function classWords(words: string | undefined): string | null {
  if (words === undefined) return null;
  const parts = wordsOf(words);
  if (parts.length === 0 || parts.length > 5 || parts.every((word) => ANY.has(word)) || isPurePart(words)) return null;
  return words;
}

/** The classes that the pictures' names say, and the parts where the names say those too. */
export interface NamedLabels {
  readonly labels: ReadonlyMap<ByteSource, string>;
  readonly parts: ReadonlyMap<ByteSource, Part>;
}

/** Takes the parts out of names that all have one: `train_cat` and `test_cat` are one class. */
function apartFromParts(labels: ReadonlyMap<ByteSource, string>): NamedLabels {
  const parts = new Map<ByteSource, Part>();
  const rest = new Map<ByteSource, string>();
  for (const [file, words] of labels) {
    const part = partOfName(words);
    if (part !== null) parts.set(file, part);
    rest.set(file, withoutPart(words));
  }
  const titles = new Set(rest.values());
  const said = parts.size === labels.size && new Set(parts.values()).size >= 2 && titles.size >= 2 && !titles.has('');
  return said ? { labels: rest, parts } : { labels, parts: new Map() };
}

const NOTHING: NamedLabels = { labels: new Map(), parts: new Map() };

/**
 * Reads classes from the pictures' names, in every folder where nearly all names are words and a number. Empty unless this gives two
 * classes or more, of which most have several pictures.
 */
export function readFileNames(pictures: readonly ByteSource[]): NamedLabels {
  const before = labelsByNames(pictures, wordsBeforeNumber);
  return before.labels.size > 0 ? before : labelsByNames(pictures, wordsAfterNumber);
}

function labelsByNames(pictures: readonly ByteSource[], wordsIn: (path: string) => string | null): NamedLabels {
  const folders = new Map<string, ByteSource[]>();
  for (const picture of pictures) {
    const folder = folderOf(picture.name);
    const there = folders.get(folder);
    if (there) there.push(picture);
    else folders.set(folder, [picture]);
  }
  const labels = new Map<ByteSource, string>();
  for (const files of folders.values()) {
    const named = files.map((file) => [file, wordsIn(file.name)] as const).filter(([, words]) => words !== null);
    if (named.length < 0.9 * files.length) continue;
    for (const [file, words] of named) if (words !== null) labels.set(file, words);
  }
  // Names that differ by separate numbers alone (`input_1_2_3`) do not tell which of these is the class.
  const alike = new Set([...labels.values()].map((words) => words.replace(/\d+/g, '0')));
  if (alike.size === 1 && [...alike].some((words) => /[ ._-]0/.test(words))) return NOTHING;
  const apart = apartFromParts(labels);
  const counts = new Map<string, number>();
  for (const words of apart.labels.values()) counts.set(words, (counts.get(words) ?? 0) + 1);
  const alone = [...counts.values()].filter((count) => count === 1).length;
  return counts.size >= 2 && counts.size <= labels.size / 2 && alone <= counts.size / 4 ? apart : NOTHING;
}
