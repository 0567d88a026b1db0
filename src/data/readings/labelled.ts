import type { Part } from '../../protocol/maps.js';
import { naturalOrder } from '../paths.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import type { Content, RawExample } from '../readers/types.js';
import type { Reading } from './types.js';

/** A picture with its label and part as the data set states them. */
export interface Labelled {
  readonly name: string;
  /** The class, as a number or a name. */
  readonly label: number | string;
  /** Null where the data set does not say. */
  readonly part: Part | null;
  readonly content: Content;
}

/**
 * Makes classes and examples of labelled pictures. Labels that are words become classes in natural order. Labels that are numbers index
 * `names` if it has all of them; then every name is a class, whether a picture has it or not, except `` for a number without a name.
 * Otherwise the numbers that occur are the classes, in increasing order.
 */
export function labelledExamples(
  pictures: readonly Labelled[],
  names: readonly string[] | null = null,
): { readonly classes: readonly string[]; readonly examples: readonly RawExample[] } {
  const occurring = [...new Set(pictures.map(({ label }) => label))];
  const nameOf = (label: number | string): string | undefined => (typeof label === 'number' ? names?.[label] : undefined);
  const named = names !== null && occurring.every((label) => (nameOf(label) ?? '') !== '');
  const titleOf = (label: number | string): string => (named ? nameOf(label) : undefined) ?? String(label);
  const order = (a: number | string, b: number | string): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : naturalOrder(String(a), String(b));
  const classes = [...new Set(named ? names.filter((name) => name !== '') : occurring.sort(order).map(String))];
  const place = new Map(classes.map((title, index) => [title, index]));
  const examples = pictures.map(({ name, label, part, content }): RawExample => ({
    name,
    label: place.get(titleOf(label)) ?? 0,
    part,
    content,
  }));
  return { classes, examples };
}

/** What a reader says of its files beside their labelled pictures. */
interface Declared {
  readonly form: string;
  readonly title: string;
  readonly leftOut?: readonly SkippedFile[];
  readonly accounts: Iterable<ByteSource>;
  readonly labelsFrom: string;
  /** Where the parts come from, if any picture has one. */
  readonly partsFrom: string;
}

/** A reading of pictures whose labels are part of their file format. `names` is as for {@link labelledExamples}. */
export function declaredReading(
  { form, title, leftOut = [], accounts, labelsFrom, partsFrom }: Declared,
  pictures: readonly Labelled[],
  names: readonly string[] | null = null,
): Reading {
  const { classes, examples } = labelledExamples(pictures, names);
  return {
    kind: 'reading',
    form,
    title,
    classes,
    examples,
    leftOut,
    accounts: new Set(accounts),
    evidence: 'declared',
    labelsFrom,
    partsFrom: pictures.some(({ part }) => part !== null) ? partsFrom : null,
    questions: [],
    notes: [],
  };
}
