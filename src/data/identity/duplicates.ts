import type { Part } from '../../protocol/maps.js';
import { mapConcurrently } from '../concurrent.js';
import type { Dataset } from '../types.js';

/** This many pairs are named; the rest is counted. */
const MOST_NAMED = 5;

/**
 * Finds identical pictures in two parts, with a sentence for each pair: such a picture would be trained on and then measured.
 *
 * @param digest of a picture's bytes; null where they are not available.
 */
export async function sameInTwoParts(dataset: Dataset, digest: (index: number) => Promise<string | null>): Promise<string[]> {
  const members = (['train', 'validation', 'test'] as const).flatMap((part) =>
    dataset.parts[part].map((index) => ({ index, part })),
  );
  const digests = await mapConcurrently(members, 3, ({ index }) => digest(index));
  const first = new Map<string, { readonly index: number; readonly part: Part }>();
  const pairs: string[] = [];
  members.forEach(({ index, part }, at) => {
    const found = digests[at];
    if (found === null || found === undefined) return;
    const earlier = first.get(found);
    if (!earlier) first.set(found, { index, part });
    else if (earlier.part !== part)
      pairs.push(
        `${dataset.nameOf(index)} (${part}) is the same picture, byte for byte, as ${dataset.nameOf(earlier.index)} (${earlier.part})`,
      );
  });
  if (pairs.length <= MOST_NAMED) return pairs;
  return [...pairs.slice(0, MOST_NAMED), `and ${pairs.length - MOST_NAMED} more pictures are the same in two parts`];
}
