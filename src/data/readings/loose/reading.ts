import type { SkippedFile } from '../../../protocol/api.js';
import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { folderOf, naturalOrder } from '../../paths.js';
import type { RawExample } from '../../readers/types.js';
import { nameRows, nameTogether } from '../left-out.js';
import type { Left, Level } from './inside.js';
import type { Loose } from './facts.js';
import type { Evidence, Proposal, Question } from '../types.js';

/** The forms that choose a level of folders for the classes, where two may be them. */
export const LEVEL_FORMS = { outer: 'outer-folders', inner: 'inner-folders', paths: 'folder-paths' } as const;
type LevelForm = (typeof LEVEL_FORMS)[Level];

/** Labels of pictures from one source, before they become a reading. */
export interface Labelled {
  readonly labels: ReadonlyMap<ByteSource, string>;
  /** The numbers of classes that have one, which give the classes' order. */
  readonly order: ReadonlyMap<string, number>;
  readonly form: 'folders' | LevelForm | 'table' | 'filenames';
  readonly evidence: Evidence;
  readonly labelsFrom: string;
  readonly usesTables: boolean;
  readonly usesFolders: boolean;
  readonly questions: readonly Question[];
  readonly notes: readonly string[];
  /** The list of classes that names them. */
  readonly nameFile?: ByteSource;
}

function classesOf({ labels, order }: Labelled): string[] {
  const titles = [...new Set(labels.values())];
  const numbered =
    titles.every((title) => order.has(title)) && new Set(titles.map((title) => order.get(title))).size === titles.length;
  return titles.sort((a, b) => (numbered ? (order.get(a) ?? 0) - (order.get(b) ?? 0) : naturalOrder(a, b)));
}

/**
 * A refusal where no picture of some class can be read: without that class it would be another data set. Null where every class has a
 * readable picture.
 */
function unreadableClasses({ given }: Loose, { labels, form }: Labelled): Proposal | null {
  const readable = new Set<string>();
  const broken = new Map<string, ByteSource[]>();
  for (const [file, title] of labels) {
    if (!given.unreadable.has(file)) readable.add(title);
    else {
      const files = broken.get(title);
      if (files) files.push(file);
      else broken.set(title, [file]);
    }
  }
  const [lost] = [...broken].filter(([title]) => !readable.has(title));
  if (!lost) return null;
  const [title, files] = lost;
  const [first] = files;
  if (!first) return null;
  const reason = given.unreadable.get(first) ?? '';
  const message = `${given.name}: none of the ${files.length} pictures of class '${title}' can be read: ${first.name} ${reason}`;
  return {
    kind: 'refusal',
    form,
    accounts: new Set(labels.keys()),
    pictures: labels.size,
    reason: message,
    error: new PlaygroundError(readable.size === 0 ? 'data.empty' : 'file.unsupported', message, { subject: first.name }),
  };
}

function titleOf(loose: Loose, labelled: Labelled): string {
  if (labelled.form === 'filenames') return "a word in each picture's name";
  if (labelled.form !== 'table') {
    const parts = loose.folders.partNames.length > 0 && loose.folders.placed.some(({ part }) => part !== null);
    return parts ? 'a folder for each part, and in it one for each class' : 'a folder for each class';
  }
  const [first] = loose.tables.used;
  const name = first?.table.file.name ?? '';
  if (/\.xml$/i.test(name)) return 'CVAT annotations with a tag for each picture';
  return /\.(csv|tsv)$/i.test(name)
    ? 'a CSV of path and label'
    : /\.(jsonl|ndjson|json)$/i.test(name)
      ? 'JSON of path and label'
      : 'a list of path and label';
}

/** The pictures to which the reading gives no class, by reason. */
function leftPictures(loose: Loose, labelled: Labelled): SkippedFile[] {
  const { given, folders, placed } = loose;
  const left: SkippedFile[] = [];
  const said = new Set<ByteSource>();
  const without = (files: readonly ByteSource[]): ByteSource[] =>
    files.filter((file) => !labelled.labels.has(file) && !given.unreadable.has(file) && !said.has(file));
  for (const { files, reason, set } of together(folders.left)) {
    const rest = without(files);
    for (const file of rest) said.add(file);
    if (rest.length === 0) continue;
    const why =
      set || labelled.usesFolders
        ? reason
        : labelled.usesTables
          ? `stands in no row of ${loose.tables.describes}`
          : 'has no word and number for a name';
    left.push(
      ...(set && rest.length > 1 && !reason.startsWith('is the mask')
        ? wholeFolder(files, rest, reason)
        : nameTogether(rest, why)),
    );
  }
  const others = without([...placed.keys()]);
  const why = labelled.usesTables ? `stands in no row of ${loose.tables.describes}` : 'has no word and number for a name';
  left.push(...nameTogether(others, why));
  return left;
}

/** Joins single files that are left out for the same reason; folders stay separate. */
function together(left: readonly Left[]): Left[] {
  const singles = new Map<string, Left>();
  const result: Left[] = [];
  for (const each of left) {
    if (each.files.length > 1) {
      result.push(each);
      continue;
    }
    const key = `${each.reason}\n${each.set}`;
    const there = singles.get(key);
    singles.set(key, there ? { ...there, files: [...there.files, ...each.files] } : each);
  }
  return [...result, ...singles.values()];
}

/** Lists a folder of masks or copies as one. */
function wholeFolder(files: readonly ByteSource[], rest: readonly ByteSource[], reason: string): SkippedFile[] {
  const [first = '', ...others] = files.map(({ name }) => name);
  let folder = folderOf(first);
  while (folder !== '' && others.some((name) => !name.startsWith(`${folder}/`))) folder = folderOf(folder);
  return folder === '' ? nameTogether(rest, reason) : [{ name: folder, reason: `${reason} (${rest.length} pictures)` }];
}

function leftRows({ tables }: Loose): SkippedFile[] {
  const of = (kind: string): typeof tables.rows => tables.rows.filter((row) => row.kind === kind);
  return [
    ...nameRows(of('missing'), (where) => `is named in ${where}, but is not there or is no picture`),
    ...nameRows(of('unlabelled'), (where) => `has no label in ${where}`),
    ...of('again').map(({ name, detail }) => ({ name, reason: `is named twice in the table, ${detail}; the first counts` })),
  ];
}

/** Makes a reading of labels: examples ordered by class and name, and everything that is left out. */
export function assemble(loose: Loose, labelled: Labelled): Proposal {
  const refused = unreadableClasses(loose, labelled);
  if (refused) return refused;
  const { given, tables, placed } = loose;
  const classes = classesOf(labelled);
  const number = new Map(classes.map((title, label) => [title, label]));
  const examples: RawExample[] = [];
  for (const [file, title] of labelled.labels) {
    if (given.unreadable.has(file)) continue;
    const below = placed.get(file)?.below;
    examples.push({
      name: file.name,
      label: number.get(title) ?? 0,
      part: loose.parts.get(file) ?? null,
      content: { kind: 'file', source: file },
      ...(below === undefined ? {} : { below }),
    });
  }
  examples.sort((a, b) => a.label - b.label || naturalOrder(a.name, b.name));
  const used = new Set<ByteSource>([...given.pictures, ...given.unreadable.keys(), ...tables.unusedFiles, ...tables.nameFiles]);
  if (labelled.nameFile) used.add(labelled.nameFile);
  for (const { table, parts } of tables.others) {
    used.add(table.file);
    if (parts !== null) used.add(table.file);
  }
  if (labelled.usesTables) for (const { table } of tables.used) used.add(table.file);
  return {
    kind: 'reading',
    form: labelled.usesTables && labelled.usesFolders ? 'folders+table' : labelled.form,
    title: titleOf(loose, labelled),
    classes,
    examples,
    leftOut: [...leftPictures(loose, labelled), ...(labelled.usesTables ? leftRows(loose) : []), ...tables.unused],
    accounts: used,
    evidence: labelled.evidence,
    labelsFrom: labelled.labelsFrom,
    partsFrom: examples.some(({ part }) => part !== null) ? loose.partsFrom : null,
    questions: [...labelled.questions, ...(labelled.usesTables ? tables.questions : []), ...loose.questions],
    notes: [
      ...labelled.notes,
      ...(labelled.usesFolders ? loose.folders.notes : []),
      ...(labelled.usesTables ? tables.notes : []),
      ...loose.notes,
    ],
  };
}
