import type { Question } from '../../protocol/api.js';
import type { Dataset, OpenedDataset } from '../../data/types.js';

/** What was understood of a data set, for people and for machines. */
export interface Understood {
  readonly classes: readonly { readonly name: string; readonly pictures: number }[];
  /** The rule that gave the classes: `folders`. */
  readonly classesFrom: string;
  /** The rule that gave the parts: `folders train, val, test`; null where they were drawn. */
  readonly partsFrom: string | null;
  readonly notes: readonly string[];
  readonly questions: readonly Question[];
}

/** The classes with the number of their pictures, of these indices. */
export function countClasses(dataset: Dataset, indices: Iterable<number>): Understood['classes'] {
  const counts = dataset.classes.map(() => 0);
  for (const index of indices) {
    const label = dataset.label(index);
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return dataset.classes.map((name, label) => ({ name, pictures: counts[label] ?? 0 }));
}

/** @param broken pictures that turned out to be unreadable; they are not counted. */
export function understoodOf({ dataset, notes, raw }: OpenedDataset, broken: ReadonlySet<number> = new Set()): Understood {
  const all = Array.from({ length: dataset.length }, (_, index) => index);
  return {
    classes: countClasses(
      dataset,
      all.filter((index) => !broken.has(index)),
    ),
    classesFrom: raw.labelsFrom,
    partsFrom: raw.partsFrom,
    notes,
    questions: raw.questions,
  };
}

const FLAGS: Readonly<Record<Question['option'], string>> = {
  form: '--form',
  labelColumn: '--label-column',
  partColumn: '--part-column',
  task: '--task',
};

/** A question on the command line: which answer was assumed, and which option gives another. */
export function questionLine(question: Question): string {
  const { text, answers, open } = question;
  const [taken, ...others] = answers;
  const asked = open !== true && others.length > 0;
  const said = asked && taken ? ` (${taken.title})` : '';
  return `To decide: ${text}${said}; ${answersLine({ ...question, answers: asked ? others : answers })}`;
}

/** The options that give the answers, each with what it makes of the files. */
export const answersLine = ({ option, answers }: Question): string =>
  answers.map(({ value, title }) => `${FLAGS[option]} '${value}': ${title}`).join('; ');

const MOST_CLASSES = 30;

export function understoodLines({ classes, classesFrom, notes, questions }: Understood): string[] {
  const shown = classes.slice(0, MOST_CLASSES).map(({ name, pictures }) => `${name} ${pictures}`);
  const more = classes.length > MOST_CLASSES ? ` and ${classes.length - MOST_CLASSES} more` : '';
  return [`Classes by ${classesFrom}: ${shown.join(', ')}${more}`, ...notes, ...questions.map(questionLine)];
}
