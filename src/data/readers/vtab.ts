import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import { baseName, folderOf, joinPath, normalPath, PathIndex } from '../paths.js';
import { readText } from './text.js';
import type { Found, ReadSet, RawExample } from './types.js';

const LISTS = ['train800.txt', 'val200.txt', 'train800val200.txt', 'test.txt'] as const;
type List = (typeof LISTS)[number];

const isList = (name: string): name is List => LISTS.some((list) => list === name);

/** Names of tasks that differ between the data set generator and the authors' script. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  cifar: 'cifar100',
  cifar100: 'cifar',
  oxford_iiit_pet: 'oxford_pet',
  oxford_pet: 'oxford_iiit_pet',
};

const MOST_CLASSES = 10_000;

interface Line {
  readonly path: string;
  readonly label: number;
  readonly list: List;
  readonly line: number;
  readonly part: Part;
}

/** The folders with VTAB-1k lists, by path. */
export function vtabFolders({ others }: Found): Map<string, Map<List, ByteSource>> {
  const folders = new Map<string, Map<List, ByteSource>>();
  for (const file of others) {
    const list = baseName(file.name);
    if (!isList(list)) continue;
    const folder = folderOf(file.name);
    const lists = folders.get(folder) ?? new Map<List, ByteSource>();
    lists.set(list, file);
    folders.set(folder, lists);
  }
  // `test.txt` alone may belong to any data set.
  for (const [folder, lists] of folders) if (![...lists.keys()].some((list) => list !== 'test.txt')) folders.delete(folder);
  return folders;
}

/**
 * The folder of the task that was asked for, under either of its names. Throws `option.invalid` where there is none, or where several are
 * there and none was asked for.
 */
function chooseFolder(folders: readonly string[], name: string, task: string | undefined): string {
  const [only] = folders;
  const wanted = task === undefined ? [] : [task, OTHER_NAMES[task] ?? task];
  // A task at the top has no folder name, so it is taken for the one that was asked for.
  if (folders.length === 1 && only !== undefined && (task === undefined || only === '' || wanted.includes(baseName(only))))
    return only;
  const chosen = folders.find((folder) => wanted.includes(baseName(folder)));
  if (chosen !== undefined) return chosen;
  const there = folders.map(baseName).sort().join(', ');
  throw new PlaygroundError(
    'option.invalid',
    task === undefined
      ? `${name}: holds ${folders.length} VTAB-1k tasks (${there}); give the folder of one`
      : `${name}: holds no VTAB-1k task '${task}'; it has ${there}`,
    { subject: name },
  );
}

async function readList(file: ByteSource, list: List, part: Part): Promise<Line[]> {
  const text = await readText(file);
  const lines: Line[] = [];
  text.split(/\r?\n/).forEach((content, i) => {
    if (content.trim() === '') return;
    const where = `${file.name}, line ${i + 1}`;
    const match = /^(.*\S)\s+(\S+)\s*$/.exec(content);
    if (!match) {
      throw new PlaygroundError('file.damaged', `${where}: '${content.slice(0, 80)}' is no path with a label behind it`, {
        subject: file.name,
      });
    }
    const [, written = '', number = ''] = match;
    const path = normalPath(written);
    if (path === null) {
      throw new PlaygroundError('file.damaged', `${where}: the path '${written}' climbs out of the data set's folder`, {
        subject: file.name,
      });
    }
    if (!/^\d{1,9}$/.test(number) || Number(number) >= MOST_CLASSES) {
      throw new PlaygroundError(
        'data.label',
        `${where}: the label '${number}' is no whole number from 0 to ${MOST_CLASSES - 1}`,
        {
          subject: file.name,
        },
      );
    }
    lines.push({ path, label: Number(number), list, line: i + 1, part });
  });
  return lines;
}

/**
 * Throws `data.label` where fewer than half of the labels up to the largest occur. Some may be missing, since 1000 pictures need not show
 * all of 397 classes, but so many gaps mean a wrong label.
 */
function requirePlausibleLabels(lines: readonly Line[], folder: string): void {
  const largest = lines.reduce((most, line) => (line.label > most.label ? line : most));
  const occurring = new Set(lines.map((line) => line.label)).size;
  if (largest.label + 1 > 2 * occurring) {
    const file = joinPath(folder, largest.list);
    throw new PlaygroundError(
      'data.label',
      `${file}, line ${largest.line}: the label ${largest.label} is out of range: only ${occurring} labels occur, so they should be 0 to ${occurring - 1}`,
      { subject: file },
    );
  }
}

/** Names of classes: the folders' names where each label has its own folder, otherwise the numbers. */
function nameClasses(examples: readonly { label: number; path: string }[], count: number): string[] {
  const folders = new Map<number, string>();
  let consistent = true;
  for (const { label, path } of examples) {
    const folder = baseName(folderOf(path));
    const known = folders.get(label);
    if (folder === '' || (known !== undefined && known !== folder)) consistent = false;
    folders.set(label, folder);
  }
  consistent &&= new Set(folders.values()).size === folders.size;
  return Array.from({ length: count }, (_, label) => (consistent ? folders.get(label) : undefined) ?? String(label));
}

/**
 * The names in `classes.txt` beside the lists, one on each line. Null where it is missing, has fewer names than labels, or has a name
 * twice.
 */
async function writtenNames(found: Found, folder: string, count: number): Promise<string[] | null> {
  const file = found.others.find(({ name }) => name === joinPath(folder, 'classes.txt'));
  if (!file) return null;
  const names = (await readText(file)).replace(/\r?\n$/, '').split(/\r?\n/);
  return names.length >= count && new Set(names).size === names.length && !names.includes('') ? names : null;
}

/**
 * Reads VTAB-1k: lists with lines `path label` beside the pictures. `train800`, `val200` and `test` are the parts; `train800val200` is read
 * only where `train800` is missing. Rejects with `data.label` for a wrong label and with `file.damaged` for a line of another form.
 */
export async function readVtab(found: Found, name: string, task?: string): Promise<ReadSet> {
  const folders = vtabFolders(found);
  const folder = chooseFolder([...folders.keys()], name, task);
  const lists = folders.get(folder) ?? new Map<List, ByteSource>();
  const wanted: [List, Part][] = lists.has('train800.txt')
    ? [
        ['train800.txt', 'train'],
        ['val200.txt', 'validation'],
        ['test.txt', 'test'],
      ]
    : [
        ['train800val200.txt', 'train'],
        ['val200.txt', 'validation'],
        ['test.txt', 'test'],
      ];
  const lines: Line[] = [];
  for (const [list, part] of wanted) {
    const file = lists.get(list);
    if (file) lines.push(...(await readList(file, list, part)));
  }
  if (lines.length === 0) throw new PlaygroundError('data.empty', `${name}: its lists name no pictures`, { subject: name });
  const index = new PathIndex(found.pictures);
  const skipped: SkippedFile[] = [];
  const seen = new Map<ByteSource, Line>();
  const examples: (RawExample & { path: string })[] = [];
  // Validation before train: where `train800val200` replaces `train800`, its validation pictures are not trained with.
  const order: Record<Part, number> = { validation: 0, train: 1, test: 2 };
  for (const line of lines.sort((a, b) => order[a.part] - order[b.part])) {
    const source = index.find(line.path, folder);
    if (!source) {
      skipped.push({ name: line.path, reason: `is named in ${line.list}, line ${line.line}, but is not there or is no picture` });
      continue;
    }
    const earlier = seen.get(source);
    if (earlier) {
      const both = earlier.list !== line.list && line.list !== 'train800val200.txt';
      if (both)
        skipped.push({ name: line.path, reason: `is named in ${earlier.list} and again in ${line.list}; the first counts` });
      continue;
    }
    seen.set(source, line);
    examples.push({ name: source.name, path: line.path, label: line.label, part: line.part, content: { kind: 'file', source } });
  }
  const parts: Record<Part, number> = { train: 0, validation: 1, test: 2 };
  examples.sort((a, b) => parts[a.part ?? 'train'] - parts[b.part ?? 'train']);
  const count = lines.reduce((most, line) => Math.max(most, line.label), 0) + 1;
  const names = await writtenNames(found, folder, count);
  // With a list of names the number of classes is known, even if some have no picture.
  if (!names) requirePlausibleLabels(lines, folder);
  const classes = names ?? nameClasses(examples, count);
  return {
    form: 'VTAB-1k lists',
    classes,
    examples,
    skipped,
    partsFrom: `lists ${[...lists.keys()].filter((list) => wanted.some(([each]) => each === list)).join(', ')}`,
  };
}
