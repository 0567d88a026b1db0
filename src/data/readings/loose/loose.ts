import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { partOfFolders } from '../../parts.js';
import { folderOf } from '../../paths.js';
import { compareLabels, sameTitle } from './compare.js';
import { readFileNames, type NamedLabels } from './file-names.js';
import { mergeCases, readFolderLabels } from './folders.js';
import { areNumbered } from './folder-names.js';
import type { FolderLabels, Level } from './inside.js';
import type { Loose } from './facts.js';
import { assemble, LEVEL_FORMS, type Labelled } from './reading.js';
import { nameTogether } from '../left-out.js';
import { readParts } from './parts.js';
import { PictureIndex } from './picture-index.js';
import { classNames } from '../tables/class-names.js';
import { whichColumn } from '../tables/several.js';
import { labelsOfTables } from '../tables/source.js';
import { declaredNames } from '../tables/said-names.js';
import { findTables, isProse } from '../tables/tables.js';
import type { Evidence, Given, Proposal, Question, ReadingOptions } from '../types.js';

/** Two sources of labels are taken for one if at least this fraction of their common pictures agrees. */
const AGREE = 0.98;

/**
 * Joins folders and tables that agree. Class names are words where one of the two has words. A picture that only one of them labels takes
 * its label from there. Null where they do not agree.
 */
function merged(loose: Loose, folders: ReadonlyMap<ByteSource, string>): Labelled | null {
  const { tables } = loose;
  if (tables.labels.size === 0 || folders.size === 0) return null;
  const comparison = compareLabels(tables.labels, folders);
  const titles = [...new Set(folders.values())];
  const nameOf = new Map<string, string>();
  for (const label of new Set(tables.labels.values())) {
    const same = comparison.other.get(label) ?? titles.find((title) => sameTitle(title, label));
    if (same === undefined) {
      // The table has a class that no folder has. That is possible if both label common pictures; otherwise they are about different
      // things.
      if (comparison.shared === 0) return null;
      nameOf.set(label, label);
    } else nameOf.set(label, betterName(label, same, tables.named));
  }
  if (comparison.shared > 0 && comparison.together < AGREE) return null;
  const folderNames = new Map(titles.map((title) => [title, title]));
  for (const [label, name] of nameOf) {
    const title = comparison.other.get(label) ?? titles.find((each) => sameTitle(each, label));
    if (title !== undefined) folderNames.set(title, name);
  }
  const labels = new Map<ByteSource, string>();
  for (const [file, title] of folders) labels.set(file, folderNames.get(title) ?? title);
  for (const [file, label] of tables.labels) labels.set(file, nameOf.get(label) ?? label);
  const order = new Map([...tables.order].map(([label, number]) => [nameOf.get(label) ?? label, number]));
  const renames = [...folderNames].some(([title, name]) => title !== name);
  const adds = [...tables.labels.keys()].some((file) => !folders.has(file));
  return {
    labels,
    order,
    form: adds || renames ? 'table' : 'folders',
    evidence: 'said',
    labelsFrom: adds
      ? `folders, and ${tables.describes}`
      : renames
        ? `${tables.describes}, with which the folders agree`
        : `folders, with which ${tables.describes} agrees`,
    usesTables: true,
    usesFolders: true,
    questions: [],
    notes: [],
  };
}

/** Chooses between a table's label and a folder's name for one class: words before numbers, then a column called label before a folder. */
function betterName(label: string, title: string, named: boolean): string {
  const number = (text: string): boolean => /^[-+]?\d+(\.\d+)?$/.test(text);
  if (number(label) && number(title)) return sameTitle(label, title) ? label : title;
  if (number(title)) return label;
  return number(label) || !named ? title : label;
}

function fromTables(loose: Loose): Labelled | null {
  const { tables } = loose;
  if (tables.labels.size === 0) return null;
  return {
    labels: tables.labels,
    order: tables.order,
    form: 'table',
    evidence: tables.said ? 'said' : 'guessed',
    labelsFrom: tables.describes,
    usesTables: true,
    usesFolders: false,
    questions: [],
    notes: [],
  };
}

/** Labels by folders; folders that are all numbers take their names from a list of classes. */
function fromFolders(loose: Loose, folders: ReadonlyMap<ByteSource, string>): Labelled | null {
  if (folders.size === 0) return null;
  const titles = new Set(folders.values());
  const found = loose.tables.used.length === 0 ? classNames(titles, loose.lists) : null;
  const names = found && 'names' in found ? found.names : new Map<string, string>();
  return {
    labels: new Map([...folders].map(([file, title]) => [file, names.get(title) ?? title])),
    order: new Map([...names].map(([number, name]) => [name, Number(number)])),
    form: 'folders',
    evidence: 'shown',
    labelsFrom: 'folders',
    usesTables: false,
    usesFolders: true,
    questions: [],
    notes: found && 'names' in found ? [`The classes' names stand in ${found.file.name}`] : [],
    ...(found && 'names' in found ? { nameFile: found.file } : {}),
  };
}

/** Labels by words in the pictures' names, which the numbers of a table may confirm. */
function fromFileNames(loose: Loose, words: NamedLabels['labels']): Labelled | null {
  if (words.size === 0) return null;
  const { tables } = loose;
  const comparison = compareLabels(tables.labels, words);
  const numbers = [...tables.labels.values()].every((label) => /^\d+$/.test(label));
  const confirmed =
    numbers && comparison.shared >= 4 && comparison.shared >= 0.9 * tables.labels.size && comparison.together >= AGREE;
  const order = new Map<string, number>();
  if (confirmed) for (const [label, title] of comparison.other) order.set(title, Number(label));
  const evidence: Evidence = confirmed ? 'said' : 'guessed';
  return {
    labels: words,
    order,
    form: 'filenames',
    evidence,
    labelsFrom: confirmed
      ? `the words in the pictures' names, with which ${tables.describes} agrees`
      : "the words in the pictures' names",
    usesTables: confirmed,
    usesFolders: false,
    questions: [],
    notes: [],
  };
}

/** A reading's classes in a few words, as an answer. */
function classesInWords({ labels, labelsFrom }: Labelled): string {
  const names = [...new Set(labels.values())];
  return `${names.length} classes by ${labelsFrom}: ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', ...' : ''}`;
}

/** How a table and folders that disagree are asked about; `taken` is the one that counts. */
function disagreement(loose: Loose, table: Labelled, folders: Labelled, taken: 'table' | 'folders'): Question {
  const comparison = compareLabels(table.labels, folders.labels);
  const differ = Math.round(comparison.shared * (1 - comparison.together));
  const answers = (taken === 'table' ? [table, folders] : [folders, table]).map((each) => ({
    value: each.form,
    title: classesInWords(each),
  }));
  const text = `${loose.tables.describes} and the folders do not agree on ${differ} of ${comparison.shared} pictures`;
  return { text: `${text}; the ${taken} ${taken === 'table' ? 'counts' : 'count'}`, option: 'form', answers };
}

/**
 * What becomes of a table and folders that disagree, with a question to the user:
 * - a table with the class names of the folders is taken for predictions, and counts as guessed;
 * - where the table's form or the name of its column says that it has labels, it counts, and the folders are shelves if it labels most of
 *   their pictures;
 * - a column of another name counts as guessed, except where the folders' names differ by numbers alone and the labels are words. Where it
 *   is one of several that might have labels, nothing is asked.
 */
function contradiction(loose: Loose, table: Labelled, folders: Labelled): { table: Labelled; folders: Labelled } {
  const comparison = compareLabels(table.labels, folders.labels);
  if (comparison.shared === 0) return { table, folders };
  const { named, declared, said } = loose.tables;
  const asking = (labelled: Labelled, taken: 'table' | 'folders'): Labelled => ({
    ...labelled,
    questions: [...labelled.questions, disagreement(loose, table, folders, taken)],
  });
  const words = [...new Set(table.labels.values())].every((label) => !/^\d+$/.test(label));
  const shelves = said && words && areNumbered([...new Set(folders.labels.values())]);
  if (!named && !declared && !shelves)
    return { table: { ...table, evidence: 'guessed' }, folders: said ? asking(folders, 'folders') : folders };
  if (comparison.sameNames >= 0.5)
    return { table: asking({ ...table, evidence: 'guessed' }, 'table'), folders: asking(folders, 'folders') };
  const covered = comparison.shared >= 0.5 * folders.labels.size;
  return {
    table: asking(declared || shelves ? { ...table, evidence: 'said' } : table, 'table'),
    folders: asking(covered ? { ...folders, evidence: 'guessed' } : folders, 'folders'),
  };
}

/** Proposes readings without the pictures that a table calls masks, and lists these as left out. */
async function readWithoutMasks(
  given: Given,
  masks: ReadonlySet<ByteSource>,
  options: ReadingOptions,
): Promise<readonly Proposal[]> {
  const pictures = given.pictures.filter((file) => !masks.has(file));
  const left = nameTogether([...masks], 'is a mask of another picture, as a table says');
  return (await readLoose({ ...given, pictures }, options)).map((proposal) =>
    proposal.kind === 'refusal'
      ? proposal
      : { ...proposal, leftOut: [...proposal.leftOut, ...left], accounts: new Set([...proposal.accounts, ...masks]) },
  );
}

/** The parts that the pictures' names say, where nothing else says them. */
const withParts = (loose: Loose, { parts }: NamedLabels): Loose =>
  loose.partsFrom === null && parts.size > 0 ? { ...loose, parts, partsFrom: "the words in the pictures' names" } : loose;

/** What the folders say, with classes whose names differ by case alone as one. */
function foldersOf(all: readonly ByteSource[], level: Level | null): Pick<Loose, 'folders' | 'placed'> {
  const found = readFolderLabels(all, level);
  const cased = mergeCases(found.placed);
  const folders: FolderLabels = { ...found, placed: cased.placed, notes: [...found.notes, ...cased.notes] };
  return { folders, placed: new Map(folders.placed.map((each) => [each.file, each])) };
}

const titlesBy = ({ folders }: Pick<Loose, 'folders'>): Map<ByteSource, string> =>
  new Map(folders.placed.map(({ file, title }) => [file, title]));

/** Where two levels of folders may be the classes, the reading by the one that is taken, with a question, and those by the others. */
function byLevels(loose: Loose, shown: Labelled, all: readonly ByteSource[], options: ReadingOptions): Proposal[] {
  const [first] = loose.folders.levels;
  if (!first) return [assemble(loose, shown)];
  const others = (['outer', 'inner', 'paths'] as const).filter(
    (level) => level !== first.taken && (first.recurring || level !== 'paths'),
  );
  const read = others.flatMap((level) => {
    const facts = foldersOf(all, level);
    const at: Loose = { ...loose, ...facts, ...readParts(loose.tables, facts.placed, all, options) };
    const labelled = fromFolders(at, titlesBy(facts));
    return labelled ? [{ at, labelled: { ...labelled, form: LEVEL_FORMS[level], evidence: 'guessed' as const } }] : [];
  });
  const every = [{ at: loose, labelled: shown }, ...read];
  const question: Question = {
    text: first.text,
    option: 'form',
    answers: every.map(({ labelled }) => ({ value: labelled.form, title: classesInWords(labelled) })),
  };
  return every.map(({ at, labelled }) => assemble(at, { ...labelled, questions: [...labelled.questions, question] }));
}

/** Proposes readings of picture files: by folders, by tables, by both where they agree, and by the pictures' names. */
export async function readLoose(given: Given, options: ReadingOptions): Promise<readonly Proposal[]> {
  const all = [...given.pictures, ...given.unreadable.keys()];
  if (all.length === 0) return [];
  const { folders, placed } = foldersOf(all, null);
  const byFolder = titlesBy({ folders });
  const aside = new Set(folders.left.filter(({ set }) => set).flatMap(({ files }) => files));
  const index = new PictureIndex(all.filter((file) => !aside.has(file)));
  const texts = await findTables(given, index);
  const lists = [...texts.names, ...(await declaredNames(given))];
  const named = new Set(texts.tables.flatMap((table) => table.pictures));
  const masks = new Set(texts.tables.flatMap((table) => table.masks).filter((file) => !named.has(file)));
  if (masks.size > 0) return readWithoutMasks(given, masks, options);
  const tables = labelsOfTables({ ...texts, names: lists }, byFolder, options);
  const parts = readParts(tables, placed, all, options);
  const loose: Loose = { given, folders, placed, tables, lists, ...parts };
  const proposals: Proposal[] = [];
  const both = merged(loose, byFolder);
  if (both) proposals.push(assemble(loose, both));
  let table = fromTables(loose);
  let shown = fromFolders(loose, byFolder);
  if (!both && table && shown) ({ table, folders: shown } = contradiction(loose, table, shown));
  if (table && !(both && options.form === undefined)) proposals.push(assemble(loose, table));
  // Beside a table that would label them but cannot be used, numbered folders are shelves.
  const numbered = shown !== null && tables.refused.size > 0 && areNumbered([...new Set(byFolder.values())]);
  if (shown && numbered) shown = { ...shown, evidence: 'guessed' };
  if (shown && !(both && options.form === undefined)) proposals.push(...byLevels(loose, shown, all, options));
  const words = readFileNames(given.pictures.filter((file) => !aside.has(file)));
  const names = fromFileNames(loose, words.labels);
  if (names) proposals.push(assemble(withParts(loose, words), names));
  for (const [file, error] of [...texts.unreadable, ...tables.refused]) proposals.push(refusedTable(given, file, error));
  if (tables.labels.size === 0) proposals.push(...withoutLabels(loose));
  return proposals;
}

/** Refusals of tables that name the pictures and describe them without a label; thrown only where nothing else tells the classes. */
function withoutLabels({ tables }: Loose): Proposal[] {
  return tables.others.flatMap(({ table, refused }): Proposal[] => {
    const { file, columns } = table;
    const names = columns.filter(({ filled }) => filled > 0).map(({ name }) => `'${name}'`);
    if (names.length === 0 || refused !== null) return [];
    const shown = `${names.slice(0, 6).join(', ')}${names.length > 6 ? ', ...' : ''}`;
    const reason = `names the pictures, but none of its columns (${shown}) is known to have labels`;
    const question = whichColumn(table);
    const message = `${file.name}: ${reason}; ${question ? 'choose one' : 'add a column of labels'}`;
    const error = new PlaygroundError('data.one-class', message, { subject: file.name, question });
    return [{ kind: 'refusal', form: 'table', accounts: new Set([file]), pictures: 0, reason, error }];
  });
}

/** The refusal of a table that cannot be used. */
function refusedTable({ pictures }: Given, file: ByteSource, error: PlaygroundError): Proposal {
  const reason = error.message.startsWith(`${file.name}: `) ? error.message.slice(file.name.length + 2) : error.message;
  return { kind: 'refusal', form: 'table', accounts: new Set([file]), pictures: pictures.length, reason, error };
}

/** The error for pictures whose classes nothing tells; it says where they lie. */
export function nothingTells(given: Given): PlaygroundError {
  const { name, pictures, others } = given;
  const list = others.find((file) => /\.(csv|tsv|json|jsonl|npy|ya?ml|xml|pkl|txt)$/i.test(file.name) && !isProse(file.name));
  const looked = list ? `; ${list.name} gives them none` : '';
  const folders = new Set(pictures.map((file) => folderOf(file.name)));
  const parts = new Set([...folders].map(partOfFolders).filter((part) => part !== null));
  const where =
    folders.size === 1
      ? 'lie in one folder and no list says their classes'
      : parts.size > 0
        ? `lie in ${[...folders]
            .slice(0, 4)
            .map((folder) => `'${folder}'`)
            .join(', ')}, which are parts, and nothing says their classes`
        : 'have no class: neither folders nor a list nor their names say one';
  return new PlaygroundError(
    'data.one-class',
    `${name}: its ${pictures.length} pictures ${where}${looked}; put each class into a folder of its own`,
    { subject: name },
  );
}
