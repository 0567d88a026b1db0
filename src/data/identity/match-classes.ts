import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import type { Dataset } from '../types.js';

export interface ClassMatch {
  /** For each class of the data, the index among the model's classes; null where its pictures are left out. */
  readonly labels: readonly (number | null)[];
  /** A sentence for each match that is not exact. */
  readonly notes: readonly string[];
}

export interface MatchOptions {
  /** What messages call the data set, and the weights. */
  readonly data: string;
  readonly model: string;
  /** From a class of the data to the model's class that it counts as, or to null, which leaves its pictures out. */
  readonly asked?: Readonly<Record<string, string | null>>;
  /** Whether outputs without names may be taken for the data's classes in order, which the note then says. True by default. */
  readonly inOrder?: boolean;
  /** What a person can do about names that differ, to end the sentence. */
  readonly remedy: string;
}

const MOST_LISTED = 12;

const listed = (names: readonly string[]): string =>
  names.length <= MOST_LISTED
    ? names.join(', ')
    : `${names.slice(0, MOST_LISTED).join(', ')} and ${names.length - MOST_LISTED} more`;

/** The name without the differences that keyboards and file systems cause. */
const folded = (name: string): string => name.normalize('NFC').trim().toLowerCase();

/** Whether the names are the default ones: `class 0`, `class 1` and so on. */
const areNumbers = (names: readonly string[]): boolean => names.every((name, index) => name === `class ${index}`);

/**
 * Matches the data's classes with the model's by name: equal, or equal except for case and Unicode form. The model may have more classes.
 * Outputs without names are taken in the data's order if their numbers are equal, and a note says so.
 *
 * @throws PlaygroundError `data.label` where a class is not found, with both lists; `option.invalid` for a mapping of an unknown class.
 */
export function matchClasses(classes: readonly string[], known: readonly string[], options: MatchOptions): ClassMatch {
  const { data, model, asked = {}, inOrder = true, remedy } = options;
  requireKnown(Object.keys(asked), classes, data);
  const targets = Object.values(asked).filter((name) => name !== null);
  requireKnown(targets, known, model);
  const notes: string[] = [];
  const find = (name: string): number => {
    const exact = known.indexOf(name);
    if (exact >= 0) return exact;
    const alike = known.flatMap((other, index) => (folded(other) === folded(name) ? [index] : []));
    const [only = -1] = alike.length === 1 ? alike : [];
    if (only >= 0) notes.push(`${data}: its class '${name}' is taken for '${known[only] ?? ''}'`);
    return only;
  };
  const labels = classes.map((name) => {
    const wanted = Object.hasOwn(asked, name) ? asked[name] : undefined;
    return wanted === null ? null : wanted === undefined ? find(name) : known.indexOf(wanted);
  });
  if (!labels.includes(-1)) return { labels, notes };
  if (inOrder && areNumbers(known) && known.length === classes.length && Object.keys(asked).length === 0) {
    const note = `${model}: names no classes, so its outputs are taken in the order of ${data}'s: ${listed(classes)}`;
    return { labels: classes.map((_, index) => index), notes: [note] };
  }
  const missing = classes.filter((_, index) => labels[index] === -1);
  const told = areNumbers(known) ? `${known.length} classes without names` : `${known.length} classes: ${listed(known)}`;
  throw new PlaygroundError(
    'data.label',
    `${data}: has ${classes.length} classes, ${listed(classes)}, of which ${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} unknown to ${model}, which tells apart ${told}; ${remedy}`,
    { subject: data },
  );
}

function requireKnown(names: readonly string[], known: readonly string[], owner: string): void {
  const stranger = names.find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const message = `${owner}: has no class '${stranger}' to map; its classes are ${listed(known)}`;
  throw new PlaygroundError('option.invalid', message, { subject: owner });
}

/** The data set labelled with the model's classes, without the pictures of classes that are left out. */
export function asKnownBy(dataset: Dataset, known: readonly string[], { labels }: Pick<ClassMatch, 'labels'>): Dataset {
  const labelOf = (index: number): number | null => labels[dataset.label(index)] ?? null;
  const kept = (part: Part): readonly number[] => dataset.parts[part].filter((index) => labelOf(index) !== null);
  return {
    name: dataset.name,
    form: dataset.form,
    classes: known,
    split: dataset.split,
    parts: { train: kept('train'), validation: kept('validation'), test: kept('test') },
    length: dataset.length,
    fingerprint: dataset.fingerprint,
    label: (index) => labelOf(index) ?? 0,
    nameOf: (index) => dataset.nameOf(index),
    key: (index) => dataset.key(index),
    digest: (index) => dataset.digest(index),
    pixels: (index, side, framing) => dataset.pixels(index, side, framing),
    picture: (index) => dataset.picture(index),
    encoded: (index) => dataset.encoded(index),
  };
}
