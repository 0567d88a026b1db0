/** Reads data sets of parquet or Arrow files, with what their files, card and folders say of parts and class names. */
import type { ByteSource } from '../../../containers/bytes.js';
import type { SkippedFile } from '../../../protocol/api.js';
import type { Part } from '../../../protocol/maps.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { partOfName, partOfPath } from '../../parts.js';
import { folderOf, naturalOrder } from '../../paths.js';
import { declaredReading, type Labelled } from '../../readings/labelled.js';
import { namesBesideFiles } from '../../readings/tables/class-names.js';
import type { Given, Proposal, Question, ReadingOptions } from '../../readings/types.js';
import { looksLikeArrow, openArrow } from './arrow.js';
import { pathBelow, readCard, type Card, type Configuration } from './card.js';
import { labelColumn, namesBeside, pictureColumn, rivalsOf, whichColumn, type LabelColumn } from './choose.js';
import { featuresFromJson } from './features.js';
import { looksLikeParquet, openParquet } from './parquet.js';
import { rowParts } from './row-parts.js';
import { missingShards } from './shards.js';
import type { ColumnFile } from './types.js';

const MOST_CLASSES = 100_000;

interface Form {
  readonly form: 'parquet' | 'arrow';
  readonly title: string;
  matches(head: Uint8Array, path: string): boolean;
  open(file: ByteSource): Promise<ColumnFile>;
}

const PARQUET: Form = { form: 'parquet', title: 'Hugging Face parquet', matches: looksLikeParquet, open: openParquet };
const ARROW: Form = { form: 'arrow', title: 'Hugging Face Arrow files', matches: looksLikeArrow, open: openArrow };

/** A file with pictures, and the name of its picture column. */
interface Opened {
  readonly columns: ColumnFile;
  readonly picture: string;
}

interface Gathered {
  readonly opened: Opened[];
  readonly refusals: { readonly file: ByteSource; readonly reason: string; readonly error: PlaygroundError }[];
}

const refused = (file: ByteSource, reason: string): { file: ByteSource; reason: string; error: PlaygroundError } => ({
  file,
  reason,
  error: new PlaygroundError('file.unsupported', `${file.name}: ${reason}`, { subject: file.name }),
});

/** Adds the declared columns from `dataset_info.json`, which `save_to_disk` writes beside an Arrow file. */
async function withInfoBeside(given: Given, columns: ColumnFile): Promise<ColumnFile> {
  if (columns.features.size > 0) return columns;
  const folder = folderOf(columns.file.name);
  const info = given.others.find(({ name }) => name === (folder === '' ? 'dataset_info.json' : `${folder}/dataset_info.json`));
  if (!info || info.size > 64 * 2 ** 20) return columns;
  const features = featuresFromJson(new TextDecoder().decode(await info.read(0, info.size)));
  return { ...bound(columns), features };
}

/** A copy with the methods bound, which may be spread into another object. */
const bound = (columns: ColumnFile): ColumnFile => ({
  file: columns.file,
  rows: columns.rows,
  columns: columns.columns,
  features: columns.features,
  values: (name) => columns.values(name),
  picture: (name, row) => columns.picture(name, row),
  missing: (name) => columns.missing(name),
});

async function gather(given: Given, form: Form): Promise<Gathered> {
  const opened: Opened[] = [];
  const refusals: Gathered['refusals'] = [];
  for (const file of [...given.others].sort((a, b) => naturalOrder(a.name, b.name))) {
    if (file.size < 8 || !form.matches(await given.head(file), file.name)) continue;
    try {
      const columns = await withInfoBeside(given, await form.open(file));
      const picture = await pictureColumn(columns);
      if (picture !== null) opened.push({ columns, picture });
      else {
        const names = columns.columns.map(({ name }) => name).join(', ');
        refusals.push(refused(file, `has no image column (a struct of bytes and path); its columns are ${names}`));
      }
    } catch (cause) {
      if (!(cause instanceof PlaygroundError)) throw cause;
      refusals.push({ file, reason: cause.message.replace(`${file.name}: `, ''), error: cause });
    }
  }
  return { opened, refusals };
}

/** Files that are read together, as one configuration. */
interface Group {
  readonly name: string | null;
  readonly files: readonly { readonly opened: Opened; readonly part: Part | null }[];
}

/** A file's folder without segments that name a part or are numbers. Files with different ones may belong to different configurations. */
function configurationFolder({ columns: { file } }: Opened): string {
  const segments = folderOf(file.name).split('/');
  return segments.filter((name) => name !== '' && !/^(data|\d+(\.\d+)*)$/i.test(name) && partOfName(name) === null).join('/');
}

const partsIn = (group: Group): string => JSON.stringify([...new Set(group.files.map(({ part }) => part))].sort());
const schemaOf = ({ columns }: Opened): string =>
  JSON.stringify(columns.columns.map(({ name }) => [name, columns.features.get(name)?.names ?? null]));

/**
 * Groups files by folder. Folders are configurations if their columns or classes differ, or if two of them have the same parts; otherwise
 * all files are one group.
 */
function groupsByFolder(opened: readonly Opened[]): Group[] {
  const byFolder = new Map<string, Opened[]>();
  for (const each of opened) byFolder.set(configurationFolder(each), [...(byFolder.get(configurationFolder(each)) ?? []), each]);
  const groups = [...byFolder].map(([folder, files]): Group => ({
    name: folder.slice(folder.lastIndexOf('/') + 1),
    files: files.map((each) => ({ opened: each, part: partOfPath(each.columns.file.name) })),
  }));
  const schemas = new Set(opened.map(schemaOf));
  const alike = groups.length < 2 || (schemas.size === 1 && new Set(groups.map(partsIn)).size === groups.length);
  return alike ? [{ name: null, files: groups.flatMap(({ files }) => files) }] : groups;
}

function groupsByCard(card: Card, cardFile: ByteSource, opened: readonly Opened[]): Group[] {
  const filesOf = (configuration: Configuration): Group['files'] =>
    opened.flatMap((each) => {
      const path = pathBelow(cardFile, each.columns.file);
      const split = configuration.files.find(({ patterns }) => patterns.some((pattern) => pattern.test(path)));
      return split ? [{ opened: each, part: split.split === '' ? partOfPath(path) : split.part }] : [];
    });
  return card.configurations
    .map((configuration) => ({ configuration, files: filesOf(configuration) }))
    .filter(({ files }) => files.length > 0)
    .sort((a, b) => Number(b.configuration.isDefault) - Number(a.configuration.isDefault))
    .map(({ configuration, files }) => ({ name: configuration.name, files }));
}

/** Chooses the group that is read, with a question where there are several and none was asked for. */
function chooseGroup(groups: readonly Group[], options: ReadingOptions): { group: Group | undefined; questions: Question[] } {
  const wanted = groups.find(({ name }) => name !== null && name === options.task);
  const group = wanted ?? groups.find(({ name }) => name === 'default' || name === '') ?? groups[0];
  if (groups.length < 2 || wanted) return { group, questions: [] };
  const ordered = [group, ...groups.filter((each) => each !== group)].flatMap((each) => each ?? []);
  const rows = (each: Group): number => each.files.reduce((sum, { opened }) => sum + opened.columns.rows, 0);
  const answers = ordered.map((each) => ({ value: each.name ?? '', title: `${rows(each)} rows in ${each.files.length} files` }));
  const names = answers.map(({ value }) => `'${value}'`).join(', ');
  const text = `The files hold ${groups.length} configurations, ${names}; ${answers[0] ? `'${answers[0].value}'` : 'the first'} is read.`;
  return { group, questions: [{ text, option: 'task', answers }] };
}

interface Rows {
  readonly pictures: readonly Labelled[];
  readonly names: readonly string[] | null;
  readonly leftOut: readonly SkippedFile[];
  readonly label: LabelColumn | null;
  /** The column that gives the rows' parts, if any. */
  readonly partColumn: string | null;
  readonly questions: readonly Question[];
}

/** Names for a label's numbers, from the file's declaration, the card, or another column; null where there are none. */
async function namesFor(
  opened: Opened,
  label: LabelColumn,
  card: Card | null,
  configuration: string | null,
): Promise<readonly string[] | null> {
  const declared = opened.columns.features.get(label.name)?.names ?? card?.names(configuration, label.name);
  if (declared) return declared;
  const beside = await namesBeside(opened.columns, opened.picture, label);
  if (!beside) return null;
  const largest = Math.max(...beside.keys());
  return largest > MOST_CLASSES ? null : Array.from({ length: largest + 1 }, (_, number) => beside.get(number) ?? '');
}

const listed = (rows: readonly number[]): string =>
  `${rows
    .slice(0, 5)
    .map((row) => `#${row}`)
    .join(', ')}${rows.length > 5 ? ', ...' : ''}`;

/** Asks about other columns that might have the labels. */
async function askForLabels({ columns, picture }: Opened, label: LabelColumn): Promise<Question[]> {
  const rivals = await rivalsOf(columns, picture, label);
  if (rivals.length === 0) return [];
  const others = rivals.map((name) => `'${name}'`).join(' and ');
  const text = `The column '${label.name}' is taken for the labels; ${others} might be them as well`;
  const answers = [label.name, ...rivals].map((name) => ({ value: name, title: `the column '${name}'` }));
  return [{ text, option: 'labelColumn', answers }];
}

async function readFile(
  { opened, part }: Group['files'][number],
  from: { readonly card: Card | null; readonly configuration: string | null; readonly options: ReadingOptions },
): Promise<Rows> {
  const { columns, picture } = opened;
  const { file } = columns;
  const { options } = from;
  const none = { pictures: [], names: null, label: null, partColumn: null, questions: [] };
  const own = await rowParts(columns, options.partColumn);
  const label = await labelColumn(columns, picture, options.labelColumn, own.column);
  if (label === null || 'several' in label) {
    const others = columns.columns.map(({ name }) => name).join(', ');
    const reason = label
      ? `its column '${label.several}' is a list: several labels a picture, and one is needed`
      : `has no label column; its columns are ${others}`;
    const question = await whichColumn(columns, picture, options.labelColumn);
    return { ...none, leftOut: [{ name: file.name, reason }], questions: question ? [question] : [] };
  }
  const names = await namesFor(opened, label, from.card, from.configuration);
  const missing = await columns.missing(picture);
  const gone = new Set(missing);
  const leftOut: SkippedFile[] = [];
  const pictures: Labelled[] = [];
  let without = 0;
  label.values.forEach((value, row) => {
    if (gone.has(row)) return;
    if (value === null || value === -1 || value === '') without++;
    else
      pictures.push({
        name: `${file.name}#${row}`,
        label: named(file, value, row, names),
        part: own.parts?.[row] ?? part,
        content: contentOf(opened, row),
      });
  });
  if (without > 0) leftOut.push({ name: file.name, reason: `${without} of its rows ${without === 1 ? 'has' : 'have'} no label` });
  const [first] = missing;
  if (first !== undefined) {
    const where = await columns.picture(picture, first);
    const why =
      where && 'path' in where ? `without bytes, as their pictures are external files ('${where.path}')` : 'without a picture';
    leftOut.push({
      name: file.name,
      reason: `${missing.length} of its rows ${missing.length === 1 ? 'is' : 'are'} ${why}: ${listed(missing)}`,
    });
  }
  const asked = options.labelColumn === undefined ? await askForLabels(opened, label) : [];
  const partColumn = own.parts === null ? null : own.column;
  return { pictures, names, leftOut, label, partColumn, questions: [...asked, ...own.questions] };
}

/**
 * The label's name, where it has one, so that files which number the same names differently agree. Throws `data.label` for a number without
 * a name.
 */
function named(file: ByteSource, value: number | string, row: number, names: readonly string[] | null): number | string {
  if (names === null || typeof value === 'string') return value;
  const name = names[value];
  if (name !== undefined) return name;
  throw new PlaygroundError(
    'data.label',
    `${file.name}#${row}: the label ${value} is no whole number from 0 to ${names.length - 1}`,
    {
      subject: file.name,
    },
  );
}

const contentOf = ({ columns, picture }: Opened, row: number): Labelled['content'] => ({
  kind: 'bytes',
  read: async () => {
    const value = await columns.picture(picture, row);
    if (value instanceof Uint8Array) return value;
    const name = `${columns.file.name}#${row}`;
    const where = value ? `: its path is '${value.path}'` : '';
    throw new PlaygroundError('data.image', `${name}: holds no bytes, the picture is an external file${where}`, {
      subject: name,
    });
  },
});

function refusalOf(
  form: Form,
  given: Given,
  gathered: Gathered,
  leftOut: readonly SkippedFile[],
  question?: Question,
): Proposal[] {
  const accounts = new Set([...gathered.opened.map(({ columns }) => columns.file), ...gathered.refusals.map(({ file }) => file)]);
  const rows = gathered.opened.reduce((sum, { columns }) => sum + columns.rows, 0);
  const [skipped] = leftOut;
  const [first] = gathered.refusals;
  if (!skipped && !first) return [];
  const reason = skipped?.reason ?? first?.reason ?? '';
  const name = skipped?.name ?? first?.file.name ?? given.name;
  const code = skipped && /(has|have) no label$/.test(reason) ? 'data.empty' : 'file.unsupported';
  const sentence =
    code === 'data.empty'
      ? `${given.name}: holds no pictures that can be learnt from; left out: ${name} (${reason})`
      : `${name}: ${reason}`;
  const asked = question ? `${sentence}; choose the column of labels` : sentence;
  const error = skipped ? new PlaygroundError(code, asked, { subject: name, question }) : first?.error;
  return error ? [{ kind: 'refusal', form: form.form, accounts, pictures: Math.max(rows, accounts.size), reason, error }] : [];
}

/** All class names in the order of the files; null where there are none. */
function joinedNames(rows: readonly Rows[]): string[] | null {
  const all = rows.flatMap(({ names }) => names ?? []);
  return all.length === 0 ? null : [...new Set(all)];
}

function byNumber(pictures: readonly Labelled[], names: readonly string[] | null): Labelled[] {
  const place = new Map((names ?? []).map((name, number) => [name, number]));
  return pictures.map((picture) => ({
    ...picture,
    label: typeof picture.label === 'string' ? (place.get(picture.label) ?? picture.label) : picture.label,
  }));
}

async function readColumns(given: Given, options: ReadingOptions, form: Form): Promise<readonly Proposal[]> {
  const gathered = await gather(given, form);
  if (gathered.opened.length === 0) return refusalOf(form, given, gathered, []);
  const found = await readCard(given);
  const declared = found ? groupsByCard(found.card, found.file, gathered.opened) : [];
  const groups = declared.length > 0 ? declared : groupsByFolder(gathered.opened);
  const { group, questions } = chooseGroup(groups, options);
  const from = { card: found?.card ?? null, configuration: group?.name ?? null, options };
  const rows: Rows[] = [];
  for (const file of group?.files ?? []) rows.push(await readFile(file, from));
  const leftOut = [
    ...rows.flatMap((each) => each.leftOut),
    ...gathered.refusals.map(({ file, reason }) => ({ name: file.name, reason })),
  ];
  const read = new Set(group?.files.map(({ opened }) => opened));
  for (const { columns } of gathered.opened.filter((each) => !read.has(each))) {
    const other = groups.find(({ files }) => files.some(({ opened }) => opened.columns === columns))?.name;
    const reason =
      other === undefined
        ? 'is in no configuration of the card'
        : `belongs to the configuration '${other ?? ''}', which is not the one that is read`;
    leftOut.push({ name: columns.file.name, reason });
  }
  const pictures = rows.flatMap((each) => [...each.pictures]);
  if (pictures.length === 0) {
    const asked = rows.flatMap((each) => each.questions).find(({ open }) => open === true);
    return refusalOf(form, given, gathered, leftOut, asked);
  }
  const beside = await namesBesideFiles(given, pictures);
  const declaredNames = joinedNames(rows);
  const names = declaredNames ?? beside?.names ?? null;
  const label = rows.find((each) => each.label)?.label;
  const partColumn = rows.find((each) => each.partColumn !== null)?.partColumn;
  const files = gathered.opened.map(({ columns }) => columns.file);
  const told = {
    form: form.form,
    title: form.title,
    leftOut,
    accounts: [
      ...[...files, ...gathered.refusals.map(({ file }) => file)],
      ...(found ? [found.file] : []),
      ...(declaredNames === null && beside ? [beside.file] : []),
    ],
    labelsFrom: `column '${label?.name ?? ''}'`,
    partsFrom: partColumn ? `column '${partColumn}'` : declared.length > 0 ? 'the card (README.md)' : "the files' names",
  };
  const reading: Proposal = {
    ...declaredReading(told, byNumber(pictures, names), names),
    evidence: label?.sure ? 'declared' : 'guessed',
    // Shards of one set raise the same questions.
    questions: [...questions, ...(rows.find((each) => each.questions.length > 0)?.questions ?? [])],
    notes: missingShards(files.map((file) => file.name)),
    ...(options.task !== undefined && group?.name === options.task ? { task: options.task } : {}),
  };
  return [reading];
}

/**
 * Reads parquet files with pictures, as on the Hugging Face hub. The columns of pictures and labels are found by their declarations and
 * names. Class names come from the files, the card or another column; parts come from the card or the files' paths.
 */
export const readParquetSets = (given: Given, options: ReadingOptions): Promise<readonly Proposal[]> =>
  readColumns(given, options, PARQUET);

/** Reads Arrow files of pictures, which `save_to_disk` writes: a folder for each part, with the class names in `dataset_info.json`. */
export const readArrowSets = (given: Given, options: ReadingOptions): Promise<readonly Proposal[]> =>
  readColumns(given, options, ARROW);
