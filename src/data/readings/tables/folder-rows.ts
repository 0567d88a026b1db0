/** Tables whose rows name folders of pictures: a patient, a study or a video in each, with one label for all of its pictures. */
import type { ByteSource } from '../../../containers/bytes.js';
import { isImageName } from '../../pictures/image-files.js';
import { baseName, folderOf } from '../../paths.js';
import type { Table } from '../types.js';

/** Finds folders by the end of their path. */
export class FolderIndex {
  readonly #byName = new Map<string, Map<string, ByteSource[]>>();

  constructor(files: readonly ByteSource[]) {
    for (const file of files) {
      for (let folder = folderOf(file.name); folder !== ''; folder = folderOf(folder)) {
        const name = baseName(folder).toLowerCase();
        const there = this.#byName.get(name) ?? new Map<string, ByteSource[]>();
        const held = there.get(folder);
        if (held) held.push(file);
        else there.set(folder, [file]);
        this.#byName.set(name, there);
      }
    }
  }

  /** The pictures in the one folder whose path ends so, or in which the written path ends; none where there are several such folders. */
  find(written: string): readonly ByteSource[] {
    const path = written
      .replaceAll('\\', '/')
      .replace(/^(\.?\/)+|\/+$/g, '')
      .toLowerCase();
    const ends = (folder: string): boolean =>
      `/${folder.toLowerCase()}`.endsWith(`/${path}`) || `/${path}`.endsWith(`/${folder.toLowerCase()}`);
    const found = [...(this.#byName.get(baseName(path)) ?? [])].filter(([folder]) => ends(folder));
    return found.length === 1 ? (found[0]?.[1] ?? []) : [];
  }
}

/** Each folder has a row, and there are more of them than labels: class folders have as many. */
const MORE_FOLDERS = 2;

/**
 * The same table with a row for each picture in place of one for its folder; null where no column names folders, or only such as classes
 * may lie in: as many as there are labels.
 */
export function rowsOfPictures(table: Table, index: FolderIndex): Table | null {
  const [first] = table.rows;
  const width = table.header?.length ?? first?.cells.length ?? 0;
  const header =
    table.header ?? (table.rows.length > 1 && first?.cells.every((cell) => index.find(cell).length === 0) ? first.cells : null);
  const rows = header !== null && table.header === null ? table.rows.slice(1) : table.rows;
  for (let column = 0; column < width; column++) {
    const cells = rows.map(({ cells: each }) => each[column] ?? '');
    const distinct = new Set(cells);
    const found = [...distinct].filter((cell) => cell !== '' && !isImageName(cell) && index.find(cell).length > 0);
    if (found.length < 0.5 * distinct.size || distinct.size < 0.9 * cells.length) continue;
    const others = Array.from({ length: width }, (_, at) => at).filter((at) => at !== column);
    const labels = others.map((at) => new Set(rows.map(({ cells: each }) => each[at] ?? '')).size);
    const able = others.filter((_, i) => (labels[i] ?? 0) >= 2 && (labels[i] ?? 0) * MORE_FOLDERS <= distinct.size);
    if (able.length === 0) continue;
    const expanded = rows.flatMap(({ cells: each, line }) => {
      const pictures = index.find(each[column] ?? '');
      return pictures.map(({ name }) => ({ cells: each.map((cell, at) => (at === column ? name : cell)), line }));
    });
    const names = header ?? Array.from({ length: width }, (_, at) => (at === column ? 'path' : String(at + 1)));
    const [only, second] = able;
    const labelColumn = only !== undefined && second === undefined ? names[only] : undefined;
    return { file: table.file, header: names, rows: expanded, ...(labelColumn === undefined ? {} : { labelColumn }) };
  }
  return null;
}
