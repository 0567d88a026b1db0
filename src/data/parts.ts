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
  for (const word of wordsOf(name)) {
    const part = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (part !== undefined) found.add(part);
  }
  if (found.size === 2 && found.has('train') && found.has('validation')) return 'train';
  const [only = null] = found;
  return found.size === 1 ? only : null;
}

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
