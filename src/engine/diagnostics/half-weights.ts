import type { BlockTrace, Network } from '../model/types.js';

/** How many merges of some pictures differ between a network with rounded weights and one without. */
export interface MergesCompared {
  readonly merges: number;
  readonly differing: number;
}

/**
 * Counts the merges that only one of two networks with the same schedule makes. A merge is described by the first patch of each of the two
 * tokens, so that one difference is not counted again in every later block.
 */
export async function compareMerges(
  one: Network,
  other: Network,
  pictures: readonly Uint8Array<ArrayBuffer>[],
): Promise<MergesCompared> {
  const tracers = [await one.tracer(), await other.tracer()] as const;
  let [merges, differing] = [0, 0];
  try {
    for (const pixels of pictures) {
      const found: (readonly ReadonlySet<string>[])[] = [];
      for (const tracer of tracers) found.push(mergesOf((await tracer.trace(pixels)).blocks));
      const [ours = [], theirs = []] = found;
      for (const [block, made] of ours.entries()) {
        merges += made.size;
        differing += [...made].filter((merge) => !theirs[block]?.has(merge)).length;
      }
    }
  } finally {
    for (const tracer of tracers) tracer.destroy();
  }
  return { merges, differing };
}

/** The pairs that merge in each block, each token described by the first original token that it contains. */
function mergesOf(blocks: readonly BlockTrace[]): Set<string>[] {
  let before: Uint32Array | undefined;
  return blocks.map(({ source, mergedRow, keptRow }) => {
    const first = new Map<number, number>();
    for (let token = source.length - 1; token >= 0; token--) first.set(before?.[token] ?? token, token);
    const made = Array.from(mergedRow, (row, pair) => `${first.get(row)} ${first.get(keptRow[pair] ?? -1)}`);
    before = source;
    return new Set(made);
  });
}
