import type { Part } from '../protocol/maps.js';
import { folderOf } from './paths.js';

/** Names for a part, in the languages that data sets come in. */
const meaning = (part: Part, words: string): Readonly<Record<string, Part>> =>
  Object.fromEntries(words.split(' ').map((word) => [word.normalize('NFC'), part] as const));

const WORDS: Readonly<Record<string, Part>> = {
  ...meaning(
    'train',
    'train training trn trainset trainval entraînement entrainement apprentissage entrenamiento treino treinamento',
  ),
  ...meaning('train', 'addestramento обучение 訓練 学習 训练 训练集 訓練集'),
  ...meaning('validation', 'val valid validation validate validating dev vld valset validierung validación validacion validação'),
  ...meaning('validation', 'validacao convalida валидация 検証 验证 验证集 驗證集'),
  ...meaning('test', 'test testing tst eval evaluation testset holdout prueba teste тест テスト 测试 测试集 測試集'),
};

/** Short words for a part. They name one only beside a word for pictures (`imagesTr`, `x_te`), or where all names beside them do. */
const SHORT: Readonly<Record<string, Part>> = {
  ...meaning('train', 'tr tra trn train'),
  ...meaning('validation', 'va vl val'),
  ...meaning('test', 'te ts tst test'),
};
const PICTURES = new Set('images image imgs img pictures pics labels label data set x y'.split(' '));
/** A part's word and one for a collection of files, written as one word: `traindir`, `valimages`. */
const GLUED = /^(train|valid|val|test)(dir|data|images?|imgs?|folder|files|pics|split)$/;

const own = (words: Readonly<Record<string, Part>>, word: string): Part | undefined =>
  Object.hasOwn(words, word) ? words[word] : undefined;

/** A name's words in lower case, split at everything that is not a letter and where a capital starts a new word. */
export function wordsOf(name: string): string[] {
  return name
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{M}]+/u)
    .filter((word) => word !== '');
}

/**
 * Train, validation or test, from the words of a single name (of a folder, a file or a cell): `asl_alphabet_train`, `Training Set`,
 * `train2017`, `x-test.parquet`. A name for training and validation together counts as training. Null where no word names a part, or
 * several words contradict each other.
 */
export function partOfName(name: string): Part | null {
  const found = new Set<Part>();
  const words = wordsOf(name);
  const beside = words.length > 1 && words.filter((word) => !PICTURES.has(word)).length === 1;
  for (const word of words) {
    const part = own(WORDS, GLUED.exec(word)?.[1] ?? word) ?? (beside ? own(SHORT, word) : undefined);
    if (part !== undefined) found.add(part);
  }
  if (found.size === 2 && found.has('train') && found.has('validation')) return 'train';
  const [only = null] = found;
  return found.size === 1 ? only : null;
}

/**
 * The part that a name says among the names beside it: as {@link partOfName}, or by a short word (`tr`, `va`, `te`) where all names are such
 * words, of two parts or more.
 */
export function partAmong(name: string, names: readonly string[]): Part | null {
  const short = names.map(shortPart);
  const all = short.every((part) => part !== null) && new Set(short).size === names.length && short.includes('train');
  return partOfName(name) ?? (all && names.length >= 2 ? shortPart(name) : null);
}

/** The part that a short word alone names; null for any other name. */
export const shortPart = (name: string): Part | null => own(SHORT, name.toLowerCase()) ?? null;

/** The part that a path names: the innermost segment with a part's name, including the file's own name without its extension. */
export function partOfPath(path: string): Part | null {
  const segments = path.split('/');
  const base = (segments.pop() ?? '').replace(/\.[a-z0-9]{1,8}$/i, '');
  return partOfName(base) ?? partOfFolders(segments.join('/'));
}

/** The part that the folders of a path name, innermost first; null where none does. */
export function partOfFolders(folder: string): Part | null {
  for (let at = folder; at !== ''; at = folderOf(at)) {
    const part = partOfName(at.slice(at.lastIndexOf('/') + 1));
    if (part !== null) return part;
  }
  return null;
}
