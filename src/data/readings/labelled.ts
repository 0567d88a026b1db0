import type { Part } from '../../protocol/maps.js';
import { naturalOrder } from '../paths.js';
import type { Content, RawExample } from '../readers/types.js';

/** A picture of a container with what the container says of it. */
export interface Labelled {
  readonly name: string;
  /** The class's number or word. */
  readonly label: number | string;
  /** Null where nothing says it. */
  readonly part: Part | null;
  readonly content: Content;
}

/**
 * Classes and examples of labelled pictures. Words are classes in natural order. Numbers are named by `names` where it has them all,
 * and all of its names are then classes, used or not; else the numbers that occur are the classes, in their order.
 */
export function labelledExamples(
  pictures: readonly Labelled[],
  names: readonly string[] | null = null,
): { readonly classes: readonly string[]; readonly examples: readonly RawExample[] } {
  const occurring = [...new Set(pictures.map(({ label }) => label))];
  const nameOf = (label: number | string): string | undefined => (typeof label === 'number' ? names?.[label] : undefined);
  const named = names !== null && occurring.every((label) => nameOf(label) !== undefined);
  const titleOf = (label: number | string): string => (named ? nameOf(label) : undefined) ?? String(label);
  const order = (a: number | string, b: number | string): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : naturalOrder(String(a), String(b));
  const classes = [...new Set(named ? names : occurring.sort(order).map(String))];
  const place = new Map(classes.map((title, index) => [title, index]));
  const examples = pictures.map(({ name, label, part, content }): RawExample => ({
    name,
    label: place.get(titleOf(label)) ?? 0,
    part,
    content,
  }));
  return { classes, examples };
}
