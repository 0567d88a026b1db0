import type { DataEdits } from '../protocol/api.js';
import { PlaygroundError } from '../vit/errors.js';
import type { KeyedExample, RawDataset } from './readers/types.js';

/**
 * The data set with corrected labels, given by the pictures' names. A name that no picture has is ignored, and a picture that cannot be
 * read remains without a class. Throws `option.invalid` for an unknown class.
 */
export function relabelled(
  raw: RawDataset,
  labels: Readonly<Record<string, string>>,
  name: string,
): { readonly raw: RawDataset; readonly corrected: number } {
  const numbers = new Map(Object.entries(labels).map(([picture, title]) => [picture, raw.classes.indexOf(title)] as const));
  const [unknown] = [...numbers].find(([, label]) => label < 0) ?? [];
  if (unknown !== undefined) {
    const message = `${name}: has no class '${labels[unknown] ?? ''}' for ${unknown}; its classes are ${raw.classes.join(', ')}`;
    throw new PlaygroundError('option.invalid', message, { subject: name });
  }
  let corrected = 0;
  const examples = raw.examples.map((example) => {
    const label = numbers.get(example.name);
    if (label === undefined || label === example.label || example.label < 0) return example;
    corrected++;
    return { ...example, label };
  });
  return { raw: corrected === 0 ? raw : { ...raw, examples }, corrected };
}

/**
 * Renames, merges and drops classes. The classes keep the order of their first old class. Throws `option.invalid` for an unknown class,
 * since a typing mistake would otherwise silently change nothing.
 */
export function applyEdits(
  raw: RawDataset,
  edits: DataEdits['classes'],
  name: string,
): { readonly classes: readonly string[]; readonly examples: readonly KeyedExample[] } {
  const unknown = Object.keys(edits).find((title) => !raw.classes.includes(title));
  if (unknown !== undefined) {
    throw new PlaygroundError(
      'option.invalid',
      `${name}: has no class '${unknown}' to edit; its classes are ${raw.classes.join(', ')}`,
      {
        subject: name,
      },
    );
  }
  const renamed = raw.classes.map((title) => (Object.hasOwn(edits, title) ? (edits[title] ?? null) : title));
  const classes = [...new Set(renamed.filter((title) => title !== null))];
  const newLabel = renamed.map((title) => (title === null ? null : classes.indexOf(title)));
  const examples = raw.examples.flatMap((example, key) => {
    const label = newLabel[example.label];
    return label === null || label === undefined ? [] : [{ ...example, label, key }];
  });
  return { classes, examples };
}
