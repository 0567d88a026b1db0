import type { ByteSource } from '../../../containers/bytes.js';

/** A folder with pictures in it or below it. */
export interface Folder {
  readonly name: string;
  /** The path from the top; `` for the top itself. */
  readonly path: string;
  readonly files: ByteSource[];
  readonly folders: Map<string, Folder>;
}

export function folderTree(files: readonly ByteSource[]): Folder {
  const top: Folder = { name: '', path: '', files: [], folders: new Map() };
  const known = new Map<string, Folder>([['', top]]);
  const at = (path: string): Folder => {
    const there = known.get(path);
    if (there) return there;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const folder: Folder = { name, path, files: [], folders: new Map() };
    at(slash < 0 ? '' : path.slice(0, slash)).folders.set(name, folder);
    known.set(path, folder);
    return folder;
  };
  for (const file of files) {
    const slash = file.name.lastIndexOf('/');
    at(slash < 0 ? '' : file.name.slice(0, slash)).files.push(file);
  }
  return top;
}

/** All files in the folder and below it. */
export function filesBelow(folder: Folder): ByteSource[] {
  const found: ByteSource[] = [];
  const visit = (each: Folder): void => {
    for (const file of each.files) found.push(file);
    for (const inner of each.folders.values()) visit(inner);
  };
  visit(folder);
  return found;
}
