/** Lists without headers that label the same pictures on several levels, as FGVC-Aircraft's by variant, family and manufacturer. */
import type { ByteSource } from '../../../containers/bytes.js';
import { partOfName, wordsOf } from '../../parts.js';
import { baseName } from '../../paths.js';
import { compareLabels } from '../loose/compare.js';
import type { Question } from '../types.js';
import type { TableLabels } from './labels.js';
import type { PictureTable } from './tables.js';

/** Words of lists' names that tell no level. */
const PLAIN = /^(images?|imgs?|files?|lists?|labels?|annotations?|data|set|split|txt)$/;

/** What a list's name says beside its part: `variant` of `images_variant_train.txt`. */
export function levelOf({ file }: Pick<PictureTable, 'file'>): string {
  const words = wordsOf(baseName(file.name).replace(/\.\w+$/, ''));
  return words.filter((word) => partOfName(word) === null && !PLAIN.test(word)).join(' ');
}

const titlesOf = ({ labels }: TableLabels): Set<string> => new Set((labels ?? []).filter((label) => label !== ''));

/** Whether a list has labels in a column that has no name. */
const isUnnamed = ({ column }: TableLabels): boolean => column !== null && /^\d+$/.test(column);

function labelsOf(lists: readonly TableLabels[]): Map<ByteSource, string> {
  const found = new Map<ByteSource, string>();
  for (const { table, labels } of lists)
    table.pictures.forEach((file, row) => {
      const label = labels?.[row] ?? '';
      if (file !== undefined && label !== '') found.set(file, label);
    });
  return found;
}

export interface Levels {
  /** The tables of the level that counts, and all that belong to none. */
  readonly kept: readonly TableLabels[];
  /** The tables of the other levels. */
  readonly others: readonly TableLabels[];
  readonly question: Question;
}

/**
 * Groups lists by the level that their names tell, where two or more of them label the same pictures with other classes. The level with most
 * classes counts, unless one is asked for. Null where there is one level.
 */
export function levelsOf(tables: readonly TableLabels[], wanted: string | undefined): Levels | null {
  const groups = new Map<string, TableLabels[]>();
  for (const each of tables.filter(isUnnamed)) {
    const level = levelOf(each.table);
    if (level !== '') groups.set(level, [...(groups.get(level) ?? []), each]);
  }
  const levels = [...groups].map(([level, lists]) => ({
    level,
    lists,
    titles: new Set(lists.flatMap((each) => [...titlesOf(each)])),
    labels: labelsOf(lists),
  }));
  const able = levels.filter(({ titles }) => titles.size >= 2);
  const [first] = able.sort((a, b) => Number(b.level === wanted) - Number(a.level === wanted) || b.titles.size - a.titles.size);
  if (!first) return null;
  const rivals = able.filter(({ labels }) => {
    // Lists that number the same classes in other ways are one level.
    const { shared, together } = compareLabels(labels, first.labels);
    return shared >= 0.5 * first.labels.size && together < 0.9;
  });
  if (rivals.length === 0) return null;
  const words = ({ level, titles }: (typeof able)[number]): string =>
    `${level} (${titles.size} classes: ${[...titles].slice(0, 3).join(', ')}, ...)`;
  const others = rivals.flatMap(({ lists }) => lists);
  return {
    kept: tables.filter((each) => !others.includes(each)),
    others,
    question: {
      text: `${first.lists[0]?.table.file.name ?? ''} and lists beside it label the same pictures by ${[first, ...rivals].map(({ level }) => `'${level}'`).join(', ')}; '${first.level}' counts`,
      option: 'labelColumn',
      answers: [first, ...rivals].map((each) => ({ value: each.level, title: words(each) })),
    },
  };
}
