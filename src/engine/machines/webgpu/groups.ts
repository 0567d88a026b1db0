/**
 * The most pictures of a batch that are worked on at a time, in groups as equal as can be: all of them where `largest` says that no tensor
 * is then larger than `most`. It depends on shapes and limits alone, so that the same adapter takes the same sums.
 *
 * @param largest the largest tensor's bytes for a number of pictures; it grows with them.
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
