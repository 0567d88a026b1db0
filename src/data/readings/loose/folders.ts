import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { partAmong, partOfName, wordsOf } from '../../parts.js';
import { baseName, folderOf, stemOf } from '../../paths.js';
import { filesBelow, folderTree, type Folder } from './folder-tree.js';
import {
  areHashShelves,
  areNumbered,
  arePieces,
  areRecordings,
  gathersPictures,
  isPiece,
  isPurePart,
  isSample,
  isUnlabelled,
  maskedStem,
  tellsAboutPictures,
  withoutPart,
} from './folder-names.js';
import {
  empty,
  flat,
  flatEach,
  leave,
  merge,
  quoted,
  strays,
  titlesOf,
  type FolderLabels,
  type Inside,
  type Left,
  type Level,
  type Placed,
} from './inside.js';

interface Child {
  readonly folder: Folder;
  readonly part: Part | null;
  readonly inside: Inside;
  /** Whether there are class folders in it. */
  readonly sorted: boolean;
  /** Whether there are folders for parts in it, with classes in them. */
  readonly parted: boolean;
}

/** The parts that folders below a class name, the innermost counting. Empty unless nearly all of the class's pictures have one. */
function partsBelow(folder: Folder): Map<ByteSource, Part> {
  const parts = new Map<ByteSource, Part>();
  const visit = (each: Folder, part: Part | null): void => {
    if (part !== null) for (const file of each.files) parts.set(file, part);
    for (const inner of each.folders.values()) visit(inner, partOfName(inner.name) ?? part);
  };
  visit(folder, null);
  return parts.size >= 0.8 * filesBelow(folder).length ? parts : new Map<ByteSource, Part>();
}

/** The pictures of a class folder, without masks beside them and without folders of annotations. */
function placeClass(folder: Folder, title: string, part: Part | null): Inside {
  const result = empty();
  const inner = partsBelow(folder);
  const visit = (each: Folder): void => {
    const stems = new Set(each.files.map((file) => stemOf(file.name)));
    for (const file of each.files) {
      const masked = maskedStem(stemOf(file.name));
      if (masked !== null && stems.has(masked)) {
        result.left.push({ name: file.name, files: [file], reason: 'is the mask of the picture beside it', set: true });
        continue;
      }
      const below = file.name.slice(folder.path.length + 1);
      result.placed.push({ file, title, part: inner.get(file) ?? part, below });
    }
    for (const deeper of each.folders.values()) {
      if (tellsAboutPictures(deeper.name)) result.left.push(leave(deeper, 'has annotations of the pictures', true));
      else visit(deeper);
    }
  };
  visit(folder);
  if (inner.size > 0) result.partNames.push(...[...folder.folders.values()].map(({ name }) => name));
  return result;
}

const classFolders = (children: readonly Child[], part: Part | null): Inside =>
  merge(children.map(({ folder }) => placeClass(folder, folder.name.normalize('NFC'), part)));

/** Whether a folder for a part is called a sample, and all its pictures are in another folder for that part, by class and name. */
function isSampleOf(child: Child, all: readonly Child[]): boolean {
  if (!isSample(child.folder.name) || child.inside.placed.length === 0) return false;
  const keys = ({ inside }: Child): string[] => inside.placed.map(({ file, title }) => `${title}\n${baseName(file.name)}`);
  return all.some((other) => {
    if (other === child || other.part !== child.part || isSample(other.folder.name)) return false;
    const there = new Set(keys(other));
    return keys(child).every((key) => there.has(key));
  });
}

/** Joins the classes of all parts. Folders beside the parts are left out by name. */
function partFolders(all: readonly Child[], others: readonly Child[]): Inside {
  const [samples, parts] = partition(all, (child) => isSampleOf(child, all));
  const known = new Set(parts.filter(({ part }) => part === 'train').flatMap(({ inside }) => [...titlesOf(inside)]));
  const result = merge(
    parts.map(({ inside }) => {
      // A folder of unlabelled pictures (`test/unknown`) is not a class.
      const [nameless, named] = partition(
        inside.placed,
        ({ title }) => known.size > 0 && !known.has(title) && isUnlabelled(title),
      );
      if (nameless.length === 0) return inside;
      const files = nameless.map(({ file }) => file);
      const name = folderOf(files[0]?.name ?? '');
      return {
        ...inside,
        placed: named,
        left: [...inside.left, { name, files, reason: 'has no class by its name', set: false }],
      };
    }),
  );
  result.partNames.push(...parts.map(({ folder }) => folder.name));
  const again = 'holds files of the folder beside it once more: it is taken for a sample of it';
  result.left.push(...samples.map(({ folder }) => leave(folder, again, true)));
  for (const { folder, inside } of others) {
    const recurring = [...titlesOf(inside)].filter((title) => known.has(title));
    const reason =
      recurring.length > 0
        ? `lies beside the parts ${quoted(parts.map((each) => each.folder.name))}, has the same classes again and is none of them`
        : `lies beside the parts ${quoted(parts.map((each) => each.folder.name))} and is none of them`;
    // Beside two or more parts the folder belongs to none. Beside a single one, a table may still label its pictures.
    result.left.push(leave(folder, reason, recurring.length > 0 || new Set(parts.map(({ part }) => part)).size >= 2));
  }
  return result;
}

function partition<T>(items: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (holds(item) ? yes : no).push(item);
  return [yes, no];
}

/** Reads folders that name part and class together (`train_cat`, `test_cat`). Null where the names have another form. */
function partsWithClasses(children: readonly Child[]): Inside | null {
  const titles = children.map(({ folder }) => withoutPart(folder.name));
  const distinct = new Set(titles);
  const recurring = [...distinct].every((title) => titles.filter((each) => each === title).length >= 2);
  if (titles.includes('') || distinct.size < 2 || !recurring) return null;
  if (titles.some((title) => gathersPictures(title) || isPurePart(`train ${title}`))) return null;
  const result = merge(children.map(({ folder, part }, i) => placeClass(folder, titles[i] ?? '', part)));
  result.partNames.push(...children.map(({ folder }) => folder.name));
  return result;
}

/** Reads folders named for parts that contain no class folders. */
function flatParts(parts: readonly Child[], others: readonly Child[], part: Part | null): Inside {
  const inner = others.filter(({ parted }) => parted);
  if (inner.length > 0) {
    return merge([
      ...inner.map(({ inside }) => inside),
      ...[...parts, ...others.filter(({ parted }) => !parted)].map((child) => flat(child.folder)),
    ]);
  }
  const distinct = new Set(parts.map((child) => child.part));
  const all = [...parts, ...others];
  if (others.length === 0) {
    const words = new Set(parts.map(({ folder: { name } }) => name.toLowerCase().replace(/[^\p{L}]+/gu, '')));
    if (distinct.size >= 2) return partsWithClasses(parts) ?? withPartNames(flatEach(parts), parts);
    // Several words for the same part, such as `dev` and `val`, cannot be different parts, so they are taken for classes.
    return parts.length >= 2 && words.size === parts.length ? classFolders(all, part) : flatEach(parts);
  }
  const meant = others.every((child) => isUnlabelled(child.folder.name));
  const pure = new Set(parts.filter((child) => isPurePart(child.folder.name)).map((child) => child.part));
  if (meant || pure.size >= 2) return withPartNames(flatEach(all), parts);
  return classFolders(all, part);
}

const withPartNames = (inside: Inside, parts: readonly Child[]): Inside => ({
  ...inside,
  partNames: [...inside.partNames, ...parts.map(({ folder }) => folder.name)],
});

/** Whether a folder contains folders with the names of its siblings, and so is a second copy of them. */
function isCopy(child: Child, siblings: readonly Child[]): boolean {
  const names = [...child.folder.folders.keys()];
  const others = new Set(siblings.filter((each) => each !== child).map(({ folder }) => folder.name));
  return names.length >= 2 && names.every((name) => others.has(name));
}

/** Folder names for a sentence: the first few. */
const shown = (names: readonly string[]): string => `${quoted(names.slice(0, 5))}${names.length > 5 ? ', ...' : ''}`;

/**
 * Where several folders contain the same many folder names (`amazon/images/mug`, `webcam/images/mug`), the inner folders are the classes;
 * also where they contain the same few, and their own names differ by numbers alone, as those of patients and places do. Null otherwise.
 */
function innerClasses(children: readonly Child[], level: Level | null): Inside | null {
  if (children.length < 2 || children.some(({ sorted }) => !sorted) || (level !== null && level !== 'inner')) return null;
  const titles = children.map(({ inside }) => titlesOf(inside));
  const [first] = titles;
  const names = children.map(({ folder }) => folder.name);
  const many = first !== undefined && first.size > children.length;
  if (!first || first.size < 2 || (!many && !areNumbered(names)) || [...first].every(isPiece)) return null;
  // The same numbers in each (`Greek/character01`, `Latin/character01`) count anew in each, and are not the same things.
  if (areNumbered([...first])) return null;
  const alike = titles.every(
    (each) => [...each].filter((title) => first.has(title)).length >= 0.8 * Math.max(each.size, first.size),
  );
  if (!alike) return null;
  const result = merge(children.map(({ inside }) => inside));
  if (level === null) {
    const text = `${shown([...first])} are taken for the classes, since ${shown(names)} all hold folders of these names; those above might be them as well`;
    result.levels.push({ taken: 'inner', text, recurring: true });
  }
  return result;
}

/** Reads folders none of which is named for a part. */
function otherFolders(folder: Folder, children: readonly Child[], part: Part | null, level: Level | null): Inside {
  const about = children.filter(({ folder: { name } }) => tellsAboutPictures(name));
  let rest = children.filter((child) => !about.includes(child));
  const aside: Left[] = [];
  const [only] = rest;
  const masks =
    rest.length !== 1 || only === undefined || only.sorted || gathersPictures(only.folder.name) || sameStems(only, about);
  if (about.length > 0 && rest.length > 0 && masks) {
    aside.push(
      ...about.map((child) => leave(child.folder, 'has annotations of the pictures beside it, and is not a class', true)),
    );
  } else rest = [...children];
  const copies = rest.filter((child) => isCopy(child, rest));
  if (copies.length > 0 && copies.length < rest.length) {
    aside.push(...copies.map((child) => leave(child.folder, 'holds the same folders once more: it is taken for a copy', true)));
    rest = rest.filter((child) => !copies.includes(child));
  }
  const result = amongClasses(folder, rest, part, level);
  result.left.push(...aside);
  return result;
}

/**
 * Whether the files of the others have the names of the child's pictures, as masks do. Names that are short numbers do not count, nor do
 * folders that have a word in common with the child's name.
 */
function sameStems(child: Child, others: readonly Child[]): boolean {
  const words = new Set(wordsOf(child.folder.name));
  if (others.some(({ folder }) => wordsOf(folder.name).some((word) => words.has(word)))) return false;
  const stems = new Set(filesBelow(child.folder).map((file) => stemOf(file.name)));
  const about = others.flatMap(({ folder }) => filesBelow(folder)).map((file) => stemOf(file.name));
  return about.length > 0 && about.filter((stem) => stems.has(stem) && !/^\d{1,3}$/.test(stem)).length >= 0.8 * about.length;
}

function amongClasses(folder: Folder, rest: readonly Child[], part: Part | null, level: Level | null): Inside {
  const [only, second] = rest;
  if (only && !second) return oneFolder(folder, only, part);
  const gathering = rest.filter((child) => gathersPictures(child.folder.name));
  const parted = rest.filter((child) => child.parted);
  // One of the folders contains the data set, and the others something else.
  const chosen = parted.length > 0 && parted.length < rest.length ? parted : gathering.filter(({ sorted }) => sorted);
  if (
    chosen.length > 0 &&
    chosen.length < rest.length &&
    (parted.length > 0 || rest.every((each) => chosen.includes(each) || !each.sorted))
  ) {
    return merge([
      ...chosen.map(({ inside }) => inside),
      ...rest.filter((child) => !chosen.includes(child)).map((child) => flat(child.folder)),
    ]);
  }
  if (gathering.length === rest.length) return merge(rest.map((child) => (child.sorted ? child.inside : flat(child.folder))));
  const names = rest.map((child) => child.folder.name);
  const stems = (each: Folder): string[] => filesBelow(each).map((file) => stemOf(file.name));
  if (areHashShelves(rest.map((child) => ({ name: child.folder.name, stems: stems(child.folder) })))) return flatEach(rest);
  if (arePieces(names)) {
    if (rest.every(({ sorted }) => sorted)) return merge(rest.map(({ inside }) => inside));
    if (!names.every(isPiece)) return flatEach(rest);
  }
  if (parted.length === rest.length) return merge(rest.map(({ inside }) => inside));
  return letterShelves(rest, part) ?? innerClasses(rest, level) ?? outerClasses(rest, part, level);
}

/** Class folders that lie on shelves by their first letter (`a/abbey`, `b/bakery/shop`), under their paths there. Null where they do not. */
function letterShelves(children: readonly Child[], part: Part | null): Inside | null {
  const shelved = children.every(
    ({ folder }) =>
      /^[a-z]$/i.test(folder.name) &&
      folder.files.length === 0 &&
      [...folder.folders.keys()].every((name) => name.toLowerCase().startsWith(folder.name.toLowerCase())),
  );
  if (!shelved || children.length < 2) return null;
  const place = (folder: Folder, title: string): Inside =>
    folder.files.length > 0
      ? placeClass(folder, title, part)
      : merge([...folder.folders.values()].map((inner) => place(inner, `${title}/${inner.name.normalize('NFC')}`)));
  return merge(
    children.flatMap(({ folder }) => [...folder.folders.values()].map((inner) => place(inner, inner.name.normalize('NFC')))),
  );
}

/** The folders inside a class's folder that may be classes: not those of masks, of parts, or of pictures of any kind. */
const innerFolders = ({ folder }: Child): Folder[] =>
  [...folder.folders.values()].filter(
    ({ name }) => !tellsAboutPictures(name) && !gathersPictures(name) && partOfName(name) === null,
  );

/** Class folders, with the inner level where each of them holds further folders that might be the classes. */
function outerClasses(children: readonly Child[], part: Part | null, level: Level | null): Inside {
  const inner = children.flatMap(innerFolders).map(({ name }) => name.normalize('NFC'));
  const nested = children.every((child) => child.folder.files.length === 0 && innerFolders(child).length > 0);
  const several = children.length >= 2 && children.some((child) => child.sorted && innerFolders(child).length >= 2);
  const names = [...new Set(inner)];
  if (!nested || !several || names.every(isPiece) || areRecordings(names)) return classFolders(children, part);
  if (level === 'inner' || level === 'paths') {
    const placed = children.flatMap((child) =>
      innerFolders(child).map((each) => {
        const title = each.name.normalize('NFC');
        return placeClass(each, level === 'inner' ? title : `${child.folder.name.normalize('NFC')}/${title}`, part);
      }),
    );
    return merge(placed);
  }
  const result = classFolders(children, part);
  if (level !== null) return result;
  const text = `${shown(children.map(({ folder }) => folder.name))} are taken for the classes; the ${inner.length} folders in them (${shown(names)}) might be them as well`;
  result.levels.push({ taken: 'outer', text, recurring: names.length < inner.length });
  return result;
}

/** A single folder is only a level of the path, unless it must be the one class of a part. */
function oneFolder(folder: Folder, only: Child, part: Part | null): Inside {
  if (only.sorted) return only.inside;
  const passed = gathersPictures(only.folder.name) || only.folder.name === folder.name || partOfName(only.folder.name) !== null;
  const isClass = !passed && (part !== null || folder.files.length > 0);
  return isClass ? classFolders([only], part) : only.inside;
}

function look(folder: Folder, part: Part | null, level: Level | null): Inside {
  if (folder.folders.size === 0) return flat(folder);
  const names = [...folder.folders.keys()];
  const children = [...folder.folders.values()].map((inner): Child => {
    const own = partAmong(inner.name, names);
    const inside = look(inner, own ?? part, level);
    return {
      folder: inner,
      part: own,
      inside,
      sorted: inside.placed.length > 0,
      parted: inside.partNames.length > 0 && inside.placed.length > 0,
    };
  });
  const [parts, others] = partition(children, (child) => child.part !== null);
  let result: Inside;
  if (parts.some(({ inside }) => inside.placed.length > 0 && ![...titlesOf(inside)].every(isPiece))) {
    result = partFolders(parts, others);
  } else if (parts.length > 0) {
    const [about, real] = partition(
      others,
      (child) => tellsAboutPictures(child.folder.name) || gathersPictures(child.folder.name),
    );
    result = flatParts(parts, real, part);
    if (result.placed.every(({ file }) => !about.some((child) => file.name.startsWith(`${child.folder.path}/`))))
      result.left.push(...about.flatMap((child) => child.inside.left));
  } else result = otherFolders(folder, others, part, level);
  // `flat` has already counted the files that lie directly in its folder.
  const counted = new Set(result.left.flatMap(({ files }) => files));
  result.left.push(...strays(folder.files.filter((file) => !counted.has(file))));
  return result;
}

/**
 * Decides by names and arrangement which folders are classes and which are parts:
 * - a folder named for a part is one if it contains classes, or if all folders beside it are named for parts too;
 * - a folder that only collects pictures (`images`) is only a level of the path;
 * - masks, annotations and copies are not classes;
 * - pictures deeper than their class's folder belong to that class.
 *
 * @param level which of two levels of folders are the classes, where either may be; null where that is open.
 */
export function readFolderLabels(pictures: readonly ByteSource[], level: Level | null = null): FolderLabels {
  return look(folderTree(pictures), null, level);
}

/** Gives classes whose names differ by case alone a common name, unless one folder contains both: then they are two classes. */
export function mergeCases(placed: readonly Placed[]): { readonly placed: readonly Placed[]; readonly notes: readonly string[] } {
  const spellings = new Map<string, Map<string, number>>();
  const siblings = new Map<string, Set<string>>();
  for (const { title, file, below } of placed) {
    const folded = title.toLowerCase();
    const counts = spellings.get(folded) ?? new Map<string, number>();
    counts.set(title, (counts.get(title) ?? 0) + 1);
    spellings.set(folded, counts);
    const parent = `${file.name.slice(0, file.name.length - below.length - 1 - title.length)}\n${folded}`;
    siblings.set(parent, (siblings.get(parent) ?? new Set()).add(title));
  }
  const apart = new Set([...siblings].filter(([, titles]) => titles.size > 1).map(([key]) => key.slice(key.indexOf('\n') + 1)));
  const renamed = new Map<string, string>();
  const notes: string[] = [];
  for (const [folded, counts] of spellings) {
    if (counts.size < 2 || apart.has(folded)) continue;
    const titles = [...counts].sort((a, b) => b[1] - a[1]).map(([title]) => title);
    const [kept = ''] = titles;
    for (const title of titles) renamed.set(title, kept);
    notes.push(`${quoted(titles)} differ by case alone and are taken for one class, '${kept}'`);
  }
  if (renamed.size === 0) return { placed, notes };
  return { placed: placed.map((each) => ({ ...each, title: renamed.get(each.title) ?? each.title })), notes };
}
