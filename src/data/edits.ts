import type { DataEdits } from '../protocol/api.js';
import { PlaygroundError } from '../vit/errors.js';
import type { KeyedExample, RawDataset } from './readers/types.js';

/**
 * Renames, merges and drops classes. Classes keep the order of their first old one; a name that is no class of the data set is
 * `option.invalid`, since a typing mistake would otherwise change nothing silently.
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
