/**
 * Divides a batch into as few groups as possible, nearly equal, so that no tensor exceeds `most` bytes. The result depends on shapes and
 * limits alone, so that the same adapter always adds up the same sums.
 *
 * @param largest returns the bytes of the largest tensor for a number of pictures; it grows with them.
 * @returns the pictures of a group; 1 if nothing fits.
 */
export function groupOf(images: number, largest: (images: number) => number, most: number): number {
  let group = images;
  for (let bytes = largest(group); bytes > most && group > 1; bytes = largest(group)) {
    const fitting = Math.floor((group * most) / bytes);
    const groups = Math.ceil(images / Math.max(1, Math.min(group - 1, fitting)));
    group = Math.ceil(images / groups);
  }
  return group;
}
