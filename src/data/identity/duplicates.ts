import { mapConcurrently } from '../concurrent.js';
import type { Dataset } from '../types.js';

/** This many pairs are named; the rest is counted. */
const MOST_NAMED = 5;

/**
 * Finds identical pictures that contradict each other, with a sentence for each pair: in two classes, so that one label is wrong, or in two
 * parts that the data set gives, so that a picture would be trained on and then measured.
 *
 * @param digest of a picture's bytes; null where they are not available.
 * @param partsGiven whether the data set says the parts. In parts that were drawn, pictures of one class may be the same.
 */
export async function samePictures(
  dataset: Dataset,
  digest: (index: number) => Promise<string | null>,
  partsGiven: boolean,
): Promise<string[]> {
  const members = (['train', 'validation', 'test'] as const).flatMap((part) =>
    dataset.parts[part].map((index) => ({ index, part, label: dataset.label(index) })),
  );
  const digests = await mapConcurrently(members, 3, ({ index }) => digest(index));
  const first = new Map<string, (typeof members)[number]>();
  const pairs: string[] = [];
  members.forEach((member, at) => {
    const found = digests[at];
    if (found === null || found === undefined) return;
    const earlier = first.get(found);
    const otherClass = earlier !== undefined && earlier.label !== member.label;
    if (!earlier) first.set(found, member);
    else if (otherClass || (partsGiven && earlier.part !== member.part)) {
      const place = ({ label, part }: typeof member): string => (otherClass ? `'${dataset.classes[label] ?? ''}'` : part);
      pairs.push(
        `${dataset.nameOf(member.index)} (${place(member)}) is the same picture, byte for byte, as ${dataset.nameOf(earlier.index)} (${place(earlier)})`,
      );
    }
  });
  if (pairs.length <= MOST_NAMED) return pairs;
  return [...pairs.slice(0, MOST_NAMED), `and ${pairs.length - MOST_NAMED} more pictures are the same in two classes or parts`];
}
