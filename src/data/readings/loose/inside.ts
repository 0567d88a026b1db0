/** What folders are read into: pictures with their classes, and those that are left out. */
import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { filesBelow, type Folder } from './folder-tree.js';

/** A picture's place among class folders. */
export interface Placed {
  readonly file: ByteSource;
  readonly title: string;
  readonly part: Part | null;
  /** Its path below the class's folder, for the split. */
  readonly below: string;
}

/** Pictures outside all class folders that are left out for the same reason. */
export interface Left {
  /** The path of the folder, or of the one file. */
  readonly name: string;
  readonly files: readonly ByteSource[];
  readonly reason: string;
  /** True for pictures that are never learnt from (masks, copies), even if a table names them. */
  readonly set: boolean;
}

/** Which of two levels of folders are the classes: the outer one, the inner one, or the paths through both. */
export type Level = 'outer' | 'inner' | 'paths';

/** Two levels of folders of which either may be the classes. */
export interface TwoLevels {
  /** The level that is taken. */
  readonly taken: Level;
  /** What is taken and what else may be meant; a sentence's beginning. */
  readonly text: string;
  /** Whether folders of the inner level have the same names in several of the outer level. */
  readonly recurring: boolean;
}

/** The classes and parts that the folders name. */
export interface FolderLabels {
  /** Where two levels may be the classes; empty where the level was asked for. */
  readonly levels: readonly TwoLevels[];
  readonly placed: readonly Placed[];
  readonly left: readonly Left[];
  /** The names of the folders that are parts. */
  readonly partNames: readonly string[];
  readonly notes: readonly string[];
}

export interface Inside {
  readonly levels: TwoLevels[];
  readonly placed: Placed[];
  readonly left: Left[];
  readonly partNames: string[];
  readonly notes: string[];
}

export const NO_CLASS_FOLDER = 'lies in no class folder';

export const empty = (): Inside => ({ levels: [], placed: [], left: [], partNames: [], notes: [] });

export const leave = (folder: Folder, reason: string, set = false): Left => ({
  name: folder.path,
  files: filesBelow(folder),
  reason,
  set,
});

export const strays = (files: readonly ByteSource[]): Left[] =>
  files.map((file) => ({ name: file.name, files: [file], reason: NO_CLASS_FOLDER, set: false }));

export const titlesOf = (inside: Inside): Set<string> => new Set(inside.placed.map(({ title }) => title));

export const quoted = (names: Iterable<string>): string => [...names].map((name) => `'${name}'`).join(', ');

export function merge(all: readonly Inside[]): Inside {
  const result = empty();
  for (const inside of all) {
    for (const placed of inside.placed) result.placed.push(placed);
    for (const left of inside.left) result.left.push(left);
    result.partNames.push(...inside.partNames);
    result.notes.push(...inside.notes);
    result.levels.push(...inside.levels);
  }
  return result;
}

/** A folder of pictures without a class. They are left out together, and a table may still label them. */
export function flat(folder: Folder): Inside {
  const files = filesBelow(folder);
  const reason = NO_CLASS_FOLDER;
  return files.length === 0 ? empty() : { ...empty(), left: [{ name: folder.path, files, reason, set: false }] };
}

export const flatEach = (children: readonly { readonly folder: Folder }[]): Inside =>
  merge(children.map(({ folder }) => flat(folder)));
