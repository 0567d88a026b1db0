import type { Part } from '../../../protocol/maps.js';
import { partAmong, partOfName, wordsOf } from '../../parts.js';
import type { Question } from '../types.js';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Words in the names of label columns. */
const LABEL = set(
  'label labels class classes classname classid category categories categoryid target targets gt truth groundtruth expected choice choices displayname annotation tag tags y labelname ' +
    'klasse klassen klass kategorie etikett classe clase categoria categoría catégorie categorie etiqueta etichetta rótulo étiquette ' +
    'класс метка категория 类别 标签 類別 標籤 クラス ラベル 클래스 라벨',
);
/** Words in the names of label columns in particular fields. */
const KIND = set(
  'dx diagnosis diagnostic diagnoses pathology histology retinopathy severity grading birads subtype celltype cultivar identity species breed variety disease genus kind type finding findings emotion sentiment plant animal flower fruit landmark individual prediction predicted grade ' +
    'taxon taxa scientific scientificname diagnose gattung sorte rasse espèce espece especie espécie specie raza razza raça diagnóstico diagnostico diagnostik diagnostic krankheit maladie enfermedad doença malattia ziekte вид порода диагноз болезнь 品种 种类 物种 诊断 病害 疾病',
);
/** Words that may stand beside those. */
const QUALIFIER = set('id ids name names number no num code index ground image img text str string primary final main is has');
/** Words in the names of columns with measurements, numbers, dates, people or explanations. */
const OTHER = set(
  'width height w h size area bytes age sex gender date time datetime created updated timestamp year month day lat lon lng latitude longitude ' +
    'x xmin xmax ymin ymax roi bbox box boxes polygon score scores confidence prob probability index idx row count url uri link license licence source ' +
    'author user annotator patient lesion subject caption description comment comments text title sentence hash md5 sha sha256 lead follow ' +
    'view position localization location site camera channels depth quality sequence frame unnamed',
);
/** Those of them that describe what is shown, and may be wanted for labels where nothing else is. */
const DESCRIBES = set('age sex gender view position localization location site camera season weather quality');
const SPLIT = set('split splits set subset phase mode usage partition part parts fold folds kfold dataset purpose stage');
const PATH = set(
  'path paths file files filename filenames filepath filepaths image images img picture photo pic imagename imageid imagepath id uuid uri url name',
);

const words = (name: string): string[] => wordsOf(name);

/** Whether a column of this name may have the pictures' names. */
export const mayNamePictures = (name: string): boolean => words(name).some((word) => PATH.has(word));

const MASK = set('mask masks segmentation segmentations seg trimap trimaps annotation annotations overlay heatmap');

/** Whether a column of this name has masks of the pictures in another column. */
export const namesMasks = (name: string): boolean => words(name).some((word) => MASK.has(word));

export const isWhole = (text: string): boolean => /^[+-]?\d+$/.test(text);
export const isNumber = (text: string): boolean => text !== '' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);

/** The last name of a path into a record (`a.b.choices`), with the one before where it says only `name` or `value`. */
function ownName(name: string): string {
  const segments = name.split('.');
  const own = segments.pop() ?? '';
  return /^(name|value|text|title)$/i.test(own) ? `${segments.pop() ?? ''} ${own}` : own;
}

/**
 * How strongly a column's name says that it has labels: 6 at most, 0 where nothing is known, negative where the name says something else.
 */
export function nameOfLabels(name: string): number {
  const parts = words(ownName(name));
  if (parts.length === 0) return 0;
  const plain = name.toLowerCase().replace(/[^\p{L}]/gu, '');
  const strong = parts.some((word) => LABEL.has(word)) || LABEL.has(plain);
  const known = parts.some((word) => KIND.has(word));
  const base = strong ? 6 : known ? 4 : 0;
  if (base > 0)
    return (
      base -
      (parts.every((word) => LABEL.has(word) || KIND.has(word) || QUALIFIER.has(word)) ? 0 : 1) -
      (parts.length > 1 ? 0.5 : 0)
    );
  if (parts[0] === 'is' || parts[0] === 'has') return 1;
  return parts.some((word) => OTHER.has(word)) ? -7 : 0;
}

export interface Column {
  readonly index: number;
  /** Its header, or its number from 1 where there is none. */
  readonly name: string;
  readonly values: readonly string[];
  readonly distinct: ReadonlyMap<string, number>;
  readonly filled: number;
}

export function columnOf(index: number, name: string, values: readonly string[]): Column {
  const distinct = new Map<string, number>();
  let filled = 0;
  for (const value of values) {
    if (value === '') continue;
    filled++;
    distinct.set(value, (distinct.get(value) ?? 0) + 1);
  }
  return { index, name, values, distinct, filled };
}

const YES = /^(true|t|yes|y|1|1\.0)$/i;
const NO = /^(false|f|no|n|0|0\.0)$/i;

/** A column that gives the part of each row. */
export interface PartColumn {
  readonly column: Column;
  /** Null for a value that names no part. */
  partOf(value: string): Part | null;
}

/** Words in a column of parts that name none; rows with them belong to no part. */
const NO_PART = /^(unlabel|unlabelled|unlabeled|unsup|extra|unused|ignore|none|exclude)/i;

function partWords(column: Column): PartColumn | null {
  const values = [...column.distinct.keys()];
  const named = namedForParts(column.name) ? values.filter((value) => !NO_PART.test(value)) : [];
  const partOf = (value: string): Part | null => partAmong(value, named);
  const mapped = values.filter((value) => partOf(value) !== null);
  if (mapped.length === 0 || values.some((value) => partOf(value) === null && !NO_PART.test(value))) return null;
  const has = (word: string): boolean => values.some((value) => wordsOf(value)[0] === word);
  // As Kaggle uses these words: public test pictures are to validate, private ones to test.
  const validated = values.some((value) => partOf(value) === 'validation');
  const publicIsValidation = has('public') && has('private') && !validated;
  return {
    column,
    partOf: (value) => (publicIsValidation && wordsOf(value)[0] === 'public' ? 'validation' : partOf(value)),
  };
}

/** Words that may stand beside a part's in the name of a column of yes and no. */
const FLAG = set('is in set split data sample subset part image');

/** Reads a column of yes and no for one part: `is_valid`, `is_train`, `train`; but not `test_result` or `service_test`. */
function partFlag(column: Column): PartColumn | null {
  // In CUB-200, `train_test_split` is 1 for the training pictures.
  const part = /train.*test/i.test(column.name) ? 'train' : partOfName(column.name);
  if (part === null || !words(column.name).every((word) => partOfName(word) !== null || FLAG.has(word))) return null;
  const values = [...column.distinct.keys()];
  if (values.length === 0 || values.length > 2 || !values.every((value) => YES.test(value) || NO.test(value))) return null;
  const other: Part = part === 'train' ? 'test' : 'train';
  return { column, partOf: (value) => (YES.test(value) ? part : NO.test(value) ? other : null) };
}

/** Reads 0, 1 and 2 in a column called split as training, validation and test, as in CelebA; 0 and 1 alone as training and test. */
function partNumbers(column: Column): PartColumn | null {
  const values = [...column.distinct.keys()].sort();
  const numbers = values.join(' ');
  if (numbers !== '0 1 2' && numbers !== '0 1') return null;
  const parts: readonly Part[] = values.length === 3 ? ['train', 'validation', 'test'] : ['train', 'test'];
  return { column, partOf: (value) => parts[Number(value)] ?? null };
}

const namedForParts = (name: string): boolean => {
  const parts = words(name);
  // `train_val_test` lists the parts.
  if (new Set(parts.map(partOfName)).size >= 2 && parts.every((word) => partOfName(word) !== null)) return true;
  return (
    parts.some((word) => SPLIT.has(word)) &&
    parts.every(
      (word) => SPLIT.has(word) || ['data', 'name', 'id', 'type', 'split', 'train', 'test', 'val', 'image'].includes(word),
    )
  );
};

/** Whether a column of this name may have the parts of the rows: `split`, `data_set`, `is_train`. */
export const mayNameParts = (name: string): boolean => namedForParts(name) || partOfName(name) !== null;

/** The column of parts, or a column that is named for parts but has other values, such as the numbers of folds. */
export interface PartFinding {
  readonly found: PartColumn | null;
  /** A column named for parts whose values name none, or one of any name of which only some do. */
  readonly unclear: Column | null;
}

/**
 * The first row whose value names no part, in a column that has parts otherwise, or whose name allows nothing else. Null where there is
 * none.
 */
export function strangePart(column: Column): number | null {
  const strange = (value: string): boolean =>
    value !== '' && partOfName(value) === null && !NO_PART.test(value) && !isNumber(value);
  if (!namedForParts(column.name)) return null;
  const mapped = [...column.distinct.keys()].some((value) => partOfName(value) !== null);
  if (!mapped && !/^(split|partition)$/i.test(column.name)) return null;
  const row = column.values.findIndex(strange);
  return row < 0 ? null : row;
}

/** Whether a column of few values has words for parts, `Training` and `Test`, and words that name none, as in other languages. */
function hasPartsAmongOthers({ distinct }: Column): boolean {
  const parts = [...distinct.keys()].filter((value) => wordsOf(value).length === 1).map(partOfName);
  return distinct.size <= 5 && new Set(parts.filter((part) => part !== null)).size >= 2;
}

export function findPartColumn(columns: readonly Column[], wanted?: string): PartFinding {
  if (wanted === 'none') return { found: null, unclear: null };
  const able = (column: Column): PartColumn | null => partWords(column) ?? partFlag(column) ?? partNumbers(column);
  if (wanted !== undefined) {
    const column = columns.find(({ name }) => name === wanted);
    return { found: column ? able(column) : null, unclear: column ?? null };
  }
  for (const column of columns) {
    const named = namedForParts(column.name);
    const found =
      partFlag(column) ?? (named ? (partWords(column) ?? (/fold/i.test(column.name) ? null : partNumbers(column))) : null);
    if (found) return { found, unclear: null };
  }
  // A column of any other name counts if all its values are words for parts, of two parts or more.
  for (const column of columns) {
    // One that is called as a label is may have the parts if another has the labels (Edge Impulse's `category` beside `label`).
    if (nameOfLabels(column.name) >= 4 && !columns.some((other) => other !== column && nameOfLabels(other.name) >= 5)) continue;
    const found = partWords(column);
    if (found && new Set([...column.distinct.keys()].map((value) => found.partOf(value))).size >= 2)
      return { found, unclear: null };
  }
  return {
    found: null,
    unclear:
      columns.find((column) => namedForParts(column.name) && (column.distinct.size >= 2 || strangePart(column) !== null)) ??
      columns.find((column) => nameOfLabels(column.name) < 4 && hasPartsAmongOthers(column)) ??
      null,
  };
}

/** Asks whether a column that is named for parts, but names none, may be left aside. */
export function asideQuestion(file: string, column: Column): Question {
  const values = [...column.distinct.keys()].slice(0, 5).join(', ');
  return {
    text: `${file}: its column '${column.name}' (${values}) names no parts and is left aside`,
    option: 'partColumn',
    answers: [{ value: 'none', title: 'parts drawn anew, class by class' }],
  };
}

/** A column in a few words, as an answer: `'dx' (7 classes: akiec, bcc, bkl, df, ...)`. */
export function describeColumn({ name, distinct }: Column): string {
  const values = [...distinct.keys()];
  const shown = values.slice(0, 4).join(', ');
  return `'${name}' (${values.length} classes: ${shown}${values.length > 4 ? ', ...' : ''})`;
}

/** One-hot labels: a column of zeros and ones, or of yes and no, for each class. */
export interface OneHot {
  readonly columns: readonly Column[];
  /** The number of rows with several ones. */
  readonly several: number;
  /** The number of rows with exactly one. */
  readonly single: number;
}

const isBinary = (column: Column): boolean =>
  column.filled > 0 && [...column.distinct.keys()].every((value) => /^(-1|0|1)(\.0+)?$|^(true|false|yes|no)$/i.test(value));

export const isOne = (value: string): boolean => /^1(\.0+)?$|^(true|yes)$/i.test(value);

export function findOneHot(columns: readonly Column[]): OneHot | null {
  const binary = columns.filter((column) => isBinary(column) && column.name !== '' && nameOfLabels(column.name) >= 0);
  if (binary.length < 2) return null;
  let several = 0;
  let single = 0;
  const rows = binary[0]?.values.length ?? 0;
  for (let row = 0; row < rows; row++) {
    const ones = binary.filter(({ values }) => isOne(values[row] ?? '')).length;
    if (ones === 1) single++;
    else if (ones > 1) several++;
  }
  return { columns: binary, several, single };
}

export interface Candidate {
  readonly column: Column;
  readonly score: number;
  /** Whether its name says that it has labels, or it agrees with another source. */
  readonly said: boolean;
}

/** How far a column agrees with the classes of the folders, from 0 to 1. */
export type Agreement = (column: Column) => number;

/** Whether a column called `y` is an ordinate: there is an `x` of the same name otherwise (`x_1`, `y_1`). */
const isOrdinate = ({ name }: Column, columns: readonly Column[]): boolean =>
  /(^|[^a-z])y/i.test(name) &&
  columns.some((other) => other.name.toLowerCase() === name.toLowerCase().replace(/(^|[^a-z])y(?![a-z])/, '$1x'));

/** The columns that may have the labels, the likeliest first, and those that only might. */
export function labelCandidates(
  columns: readonly Column[],
  agreement: Agreement,
): { readonly candidates: readonly Candidate[]; readonly others: readonly Candidate[] } {
  const found: Candidate[] = [];
  for (const column of columns) {
    if (isOrdinate(column, columns)) continue;
    const score = scoreOf(column, agreement(column));
    if (score !== null) found.push(score);
  }
  found.sort((a, b) => b.score - a.score || a.column.index - b.column.index);
  const several = found.filter(({ column, score }) => column.distinct.size >= 2 && score >= 1);
  const candidates = several.length > 0 ? several : found;
  const others = found.filter(
    (each) => !candidates.includes(each) && each.column.distinct.size >= 2 && nameOfLabels(each.column.name) >= 0,
  );
  return { candidates, others };
}

/** Whether a column describes its pictures by one of a few values, whatever it is called. */
export function mayBeMeant({ name, distinct, filled }: Column): boolean {
  const described = words(name).some((word) => DESCRIBES.has(word));
  return described && distinct.size >= 2 && distinct.size <= Math.min(20, filled / 3);
}

/** Whether the values of a column divide those of another: each occurs with one of those only, and some of those with several. */
export function isWithin(finer: Column, coarser: Column): boolean {
  if (finer.distinct.size <= coarser.distinct.size || finer.distinct.size > 0.6 * finer.filled) return false;
  const above = new Map<string, string>();
  return finer.values.every((value, row) => {
    const other = coarser.values[row] ?? '';
    if (value === '' || other === '') return true;
    const known = above.get(value);
    above.set(value, known ?? other);
    return known === undefined || known === other;
  });
}

function scoreOf(column: Column, agreement: number): Candidate | null {
  const { distinct, filled } = column;
  if (filled === 0 || holdsObjects(column)) return null;
  const agrees = agreement >= 0.95 && distinct.size >= 2;
  const values = [...distinct.keys()];
  const named = nameOfLabels(column.name);
  // Nearly all values differ, so the column identifies the row. A column called label may have a single picture of each class.
  if (!agrees && named < 3 && filled >= 3 && distinct.size > 0.6 * filled) return null;
  const numbers = values.every(isNumber);
  const whole = numbers && values.every((value) => isWhole(value) || /^[+-]?\d+\.0+$/.test(value));
  // Of several columns that agree with the folders, the one called label has the highest score.
  let score = agrees ? 10 + Math.max(0, named) : named;
  if (numbers && !agrees) {
    if (!whole) score -= 8;
    else if (!contiguous(values)) score -= named >= 4 ? 1 : 3;
  } else if (!numbers) score += 1.5;
  if (distinct.size === 1) score -= 4;
  if (
    values.some((value) => value.length > 80) ||
    values.filter((value) => value.split(/\s+/).length > 6).length > values.length / 2
  )
    score -= 5;
  if (values.some((value) => /^\d{4}-\d\d-\d\d/.test(value) || /^(https?:|[A-Za-z]:\\)/.test(value))) score -= 8;
  return score < -4.5 ? null : { column, score, said: agrees || named >= 3 };
}

/** Whether all values are JSON lists or objects. */
export const holdsObjects = ({ distinct }: Column): boolean => [...distinct.keys()].every((value) => /^[[{]/.test(value));

/** Whether a column called label has lists, so that a picture has several labels. */
export const holdsLists = (column: Column): boolean =>
  column.filled > 0 && nameOfLabels(column.name) >= 3 && [...column.distinct.keys()].every((value) => value.startsWith('['));

const plainNames = (columns: readonly Column[]): string[] =>
  columns.map(({ name }) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));

/** Whether there are columns of the corners of boxes. */
export const saysCorners = (columns: readonly Column[]): boolean => {
  const names = plainNames(columns);
  const has = (...wanted: string[]): boolean => wanted.every((word) => names.some((name) => name.includes(word)));
  return has('xmin', 'ymin') || has('x1', 'y1', 'x2') || has('x1', 'y1', 'width');
};

/** Whether there are boxes or outlines inside a record, as annotation tools export them. */
export const saysInnerBoxes = (columns: readonly Column[]): boolean =>
  columns.some(({ name, distinct }) => INNER_BOX.test(name) || [...distinct.keys()].some((value) => BOX_IN_JSON.test(value)));

const INNER_BOX =
  /\.(bbox(es)?|bounding_?box|segmentation|polygon|points|geometryType|exterior|(rectangle|polygon|brush|keypoint|ellipse)labels)(\.\w+)?$|\.coordinates\.(x|y|width|height)$|^(encoded_?pixels|mask_?rle|rle)$/i;
const BOX_IN_JSON = /^[[{].*"(coordinates|bbox|bounding_?box|points|polygon|rectanglelabels|polygonlabels)"\s*:\s*[[{]/is;

/** Whether there is a column of boxes, several in a cell. */
export const saysBoxes = (columns: readonly Column[]): boolean =>
  plainNames(columns).some((name) => /^(bbox(es)?|objects|box(es)?|segmentation|polygon)$/.test(name));

/** Whether the numbers leave few gaps, as those of classes do. */
function contiguous(values: readonly string[]): boolean {
  const numbers = values.map(Number);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low >= 0 && high - low + 1 <= 2 * numbers.length + 1;
}

/** Whether the values of two columns correspond one to one. */
export function goTogether(a: Column, b: Column): boolean {
  if (a.distinct.size !== b.distinct.size || a.distinct.size < 2) return false;
  const there = new Map<string, string>();
  for (let row = 0; row < a.values.length; row++) {
    const [one = '', other = ''] = [a.values[row], b.values[row]];
    if (one === '' || other === '') continue;
    const known = there.get(one);
    if (known === undefined) there.set(one, other);
    else if (known !== other) return false;
  }
  return new Set(there.values()).size === there.size;
}
