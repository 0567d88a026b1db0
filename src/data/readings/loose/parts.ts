import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { partOfFolders, partOfName, shortPart, wordsOf } from '../../parts.js';
import { baseName, folderOf, naturalOrder, stemOf } from '../../paths.js';
import type { Placed } from './inside.js';
import type { TableLabels } from '../tables/labels.js';
import type { TableSource } from '../tables/source.js';
import type { Question, ReadingOptions } from '../types.js';

export interface PartsFound {
  readonly parts: ReadonlyMap<ByteSource, Part>;
  /** Where they come from; null where nothing names parts. */
  readonly partsFrom: string | null;
  readonly questions: readonly Question[];
  readonly notes: readonly string[];
}

const severalParts = (parts: ReadonlyMap<ByteSource, Part>): boolean => new Set(parts.values()).size >= 2;

function byColumn(tables: readonly TableLabels[]): { parts: Map<ByteSource, Part>; names: string[] } {
  const parts = new Map<ByteSource, Part>();
  const names: string[] = [];
  for (const { table, parts: column, partColumn } of tables) {
    if (column === null) continue;
    let any = false;
    column.forEach((part, row) => {
      const picture = table.pictures[row];
      if (!picture || part === null || parts.has(picture)) return;
      parts.set(picture, part);
      any = true;
    });
    if (any) names.push(`column '${partColumn ?? ''}' of ${table.file.name}`);
  }
  return { parts, names };
}

/**
 * The key of lists that belong together, made of a list's folder and its name without the part: `labels_train.txt` and `labels_test.txt`
 * have the same, `train1` and `train2` do not, nor `fold1_train` and `fold2_train`.
 */
function groupOf(path: string): string {
  const base = baseName(path).replace(/\.[a-z0-9]+$/i, '');
  const words = wordsOf(base).filter((word) => partOfName(word) === null);
  return `${folderOf(path)}\n${words.join(' ')}\n${(base.match(/\d+/g) ?? []).join(' ')}`;
}

const both = (path: string): boolean => {
  const name = baseName(path).toLowerCase();
  return /train/.test(name) && /val/.test(name);
};

/**
 * Parts by lists of pictures whose names are parts. The group of lists with most pictures counts. A picture in several lists belongs to the
 * test part first and to the training part last.
 */
function byLists(tables: readonly TableLabels[]): { parts: Map<ByteSource, Part>; names: string[]; notes: string[] } {
  const groups = new Map<string, TableLabels[]>();
  for (const each of tables) {
    const own = partOfName(baseName(each.table.file.name).replace(/\.[a-z0-9]+$/i, ''));
    if (own === null || each.parts !== null) continue;
    const key = groupOf(each.table.file.name);
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  const rank = (group: readonly TableLabels[]): number =>
    group.reduce((sum, { table }) => sum + table.pictures.filter(Boolean).length, 0);
  const sorted = [...groups.values()]
    .filter((group) => new Set(group.map(({ table }) => table.part)).size >= 2)
    .sort((a, b) => rank(b) - rank(a) || naturalOrder(a[0]?.table.file.name ?? '', b[0]?.table.file.name ?? ''));
  const [chosen = []] = sorted;
  const parts = new Map<ByteSource, Part>();
  const order: Record<Part, number> = { test: 0, validation: 1, train: 2 };
  const inOrder = [...chosen].sort(
    (a, b) =>
      order[a.table.part ?? 'train'] - order[b.table.part ?? 'train'] ||
      Number(both(a.table.file.name)) - Number(both(b.table.file.name)),
  );
  const twice: string[] = [];
  for (const { table } of inOrder) {
    for (const picture of table.pictures) {
      if (!picture || table.part === null) continue;
      const earlier = parts.get(picture);
      if (earlier === undefined) parts.set(picture, table.part);
      else if (earlier !== table.part && !both(table.file.name)) twice.push(picture.name);
    }
  }
  const notes = sorted
    .slice(1)
    .map((group) => `${group.map(({ table }) => table.file.name).join(', ')} say other parts and are not used`);
  if (twice.length > 0)
    notes.push(`${twice.length} pictures (${twice[0] ?? ''}, ...) stand in the lists of two parts and are not learnt from`);
  return { parts, names: chosen.map(({ table }) => table.file.name), notes };
}

/** Parts by the name of the table that labels a picture, or of the table's folder. */
function byTables(tables: readonly TableLabels[]): { parts: Map<ByteSource, Part>; names: string[] } {
  const parts = new Map<ByteSource, Part>();
  const names = new Set<string>();
  for (const { table } of tables) {
    if (table.part === null) continue;
    for (const picture of table.pictures) {
      if (!picture || parts.has(picture)) continue;
      parts.set(picture, table.part);
      names.add(table.file.name);
    }
  }
  return { parts, names: [...names] };
}

/** Parts by words in the pictures' own names (`cat/train-1.png`); empty unless all have one, of two parts or more with one to train. */
function byNames(all: readonly ByteSource[]): Map<ByteSource, Part> {
  const parts = new Map<ByteSource, Part>();
  for (const file of all) {
    const part = partOfName(stemOf(file.name));
    if (part === null) return new Map();
    parts.set(file, part);
  }
  const different = new Set(parts.values());
  return different.size >= 2 && different.has('train') ? parts : new Map<ByteSource, Part>();
}

/**
 * The part of each picture. Four sources, and the pictures' names where none says anything, are asked in this order: a table's column, lists named for parts, folders, and the names of the
 * tables that label the pictures.
 */
export function readParts(
  tables: TableSource,
  placed: ReadonlyMap<ByteSource, Placed>,
  all: readonly ByteSource[],
  options: ReadingOptions,
): PartsFound {
  const every = [...tables.used, ...tables.others];
  const none = options.partColumn === 'none';
  const column = none ? { parts: new Map<ByteSource, Part>(), names: [] } : byColumn(every);
  const lists = byLists(every);
  const folders = new Map<ByteSource, Part>();
  for (const file of all) {
    const there = placed.get(file);
    const part = there ? there.part : partOfFolders(folderOf(file.name));
    if (part !== null) folders.set(file, part);
  }
  const labelled = (parts: ReadonlyMap<ByteSource, Part>): boolean =>
    new Set([...parts].filter(([file]) => placed.has(file) || tables.labels.has(file)).map(([, part]) => part)).size >= 2;
  const named = byTables(tables.used);
  const sources: { parts: ReadonlyMap<ByteSource, Part>; rule: string }[] = [];
  if (column.parts.size > 0) sources.push({ parts: column.parts, rule: column.names.slice(0, 2).join(' and ') });
  if (severalParts(lists.parts)) sources.push({ parts: lists.parts, rule: `lists ${lists.names.join(', ')}` });
  const folderRule = `folders ${partFolderNames(folders).join(', ')}`;
  if (labelled(folders)) sources.push({ parts: folders, rule: folderRule });
  if (severalParts(named.parts)) sources.push({ parts: named.parts, rule: `tables ${named.names.slice(0, 4).join(', ')}` });
  sources.push({ parts: folders, rule: folderRule });
  if (sources.every(({ parts: there }) => there.size === 0))
    sources.push({
      parts: byNames(all.filter((file) => placed.has(file) || tables.labels.has(file))),
      rule: "the words in the pictures' names",
    });
  const parts = new Map<ByteSource, Part>();
  const used = new Set<string>();
  for (const file of all) {
    for (const source of sources) {
      const part = source.parts.get(file);
      if (part === undefined) continue;
      parts.set(file, part);
      used.add(source.rule);
      break;
    }
  }
  const rules = sources.map(({ rule }) => rule).filter((rule, i, list) => used.has(rule) && list.indexOf(rule) === i);
  return {
    parts,
    partsFrom: rules.length === 0 ? null : rules.join(', then '),
    questions: columnAgainstFolders(column, folders),
    notes: lists.notes,
  };
}

/** Asks about a column whose parts differ from the folders'; the column counts. */
function columnAgainstFolders(
  column: { parts: ReadonlyMap<ByteSource, Part>; names: readonly string[] },
  folders: ReadonlyMap<ByteSource, Part>,
): Question[] {
  if (!severalParts(column.parts) || !severalParts(folders)) return [];
  const differ = [...column.parts].filter(([file, part]) => folders.has(file) && folders.get(file) !== part).length;
  const shared = [...column.parts].filter(([file]) => folders.has(file)).length;
  const name = /'([^']*)'/.exec(column.names[0] ?? '')?.[1] ?? '';
  if (differ <= 0.02 * shared) return [];
  return [
    {
      text: `${column.names[0] ?? ''} and the folders name other parts for ${differ} of ${shared} pictures; the column counts`,
      option: 'partColumn',
      answers: [
        { value: name, title: `parts by ${column.names[0] ?? ''}` },
        { value: 'none', title: 'parts by the folders' },
      ],
    },
  ];
}

/** The names of the folders that are parts, as they are written: training, validation, test. */
function partFolderNames(folders: ReadonlyMap<ByteSource, Part>): string[] {
  const names = new Map<string, Part>();
  for (const [file, part] of folders) {
    for (let at = folderOf(file.name); at !== ''; at = folderOf(at)) {
      const name = baseName(at);
      if ((partOfName(name) ?? shortPart(name)) !== part) continue;
      names.set(name, part);
      break;
    }
    if (names.size > 6) break;
  }
  const order: Record<Part, number> = { train: 0, validation: 1, test: 2 };
  return [...names].sort((a, b) => order[a[1]] - order[b[1]] || naturalOrder(a[0], b[0])).map(([name]) => name);
}
