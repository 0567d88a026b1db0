/** Names of this many characters or fewer are not shortened: they take another line. */
export const UNBROKEN = 12;
/** The fewest characters of a longer name's end that stay. */
const LEAST = 8;
/** A shortened name keeps at least this many of its first characters. */
const FIRST = 4;

/** How many of a name's last characters have to be seen to tell it from all the others. */
export function tellingEnd(name: string, others: readonly string[]): number {
  let needed = LEAST;
  for (const other of others) {
    if (other === name || other.slice(0, FIRST) !== name.slice(0, FIRST)) continue;
    let same = 0;
    while (same < Math.min(name.length, other.length) && name.at(-1 - same) === other.at(-1 - same)) same++;
    needed = Math.max(needed, same + 1);
  }
  return Math.min(name.length, needed);
}
