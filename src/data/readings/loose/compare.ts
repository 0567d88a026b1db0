import type { ByteSource } from '../../../containers/bytes.js';

/** How far two sources of labels agree on the pictures that both label. */
export interface Comparison {
  /** The number of pictures that both label. */
  readonly shared: number;
  /** The fraction of them whose labels correspond one to one. */
  readonly together: number;
  /** For each label of the first source, the corresponding label of the second: the one that most of its pictures have. */
  readonly other: ReadonlyMap<string, string>;
  /** The fraction of the first source's classes whose name the second source has as well. */
  readonly sameNames: number;
}

const folded = (title: string): string => title.normalize('NFC').trim().toLowerCase();

/** Whether two titles are equal except for case and Unicode form, or as whole numbers: `00007` and `7`. */
export function sameTitle(a: string, b: string): boolean {
  if (folded(a) === folded(b)) return true;
  return /^\d+$/.test(a) && /^\d+$/.test(b) && Number(a) === Number(b);
}

export function compareLabels(one: ReadonlyMap<ByteSource, string>, other: ReadonlyMap<ByteSource, string>): Comparison {
  const counts = new Map<string, Map<string, number>>();
  let shared = 0;
  for (const [file, label] of one) {
    const there = other.get(file);
    if (there === undefined) continue;
    shared++;
    const row = counts.get(label) ?? new Map<string, number>();
    row.set(there, (row.get(there) ?? 0) + 1);
    counts.set(label, row);
  }
  const best = new Map<string, string>();
  const taken = new Map<string, number>();
  let together = 0;
  // The pairs with most pictures first, so that a few wrong labels do not take a class away from its counterpart.
  const ranked = [...counts].flatMap(([label, row]) => [...row].map(([there, count]) => ({ label, there, count })));
  for (const { label, there, count } of ranked.sort((a, b) => b.count - a.count)) {
    if (best.has(label) || taken.has(there)) continue;
    best.set(label, there);
    taken.set(there, count);
    together += count;
  }
  const theirs = new Set([...other.values()].map(folded));
  const ours = new Set(one.values());
  const same = [...ours].filter((label) => theirs.has(folded(label))).length;
  return {
    shared,
    together: shared === 0 ? 0 : together / shared,
    other: best,
    sameNames: ours.size === 0 ? 0 : same / ours.size,
  };
}
