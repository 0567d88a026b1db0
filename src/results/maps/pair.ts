import { drops, reducerOf, type Method } from '../../vit/methods/index.js';
import type { MergeBlock, MergeMap } from '../../protocol/maps.js';
import { edges, rowsAt } from './regions.js';

/** The parts of a map that describe its pairs. */
export type Paired = Pick<MergeMap, 'gridSide' | 'protectedTokens' | 'blocks'> & {
  readonly configuration: { readonly method: Method };
};

/** One of the two tokens of a pair, before they merge. */
export interface PairedToken {
  /** Its index among the tokens of its block. Even rows are set A, odd ones set B. */
  readonly row: number;
  /** Patches that it stands for. */
  readonly size: number;
  /** Its patches, as row-major indices in the picture's grid. */
  readonly patches: readonly number[];
  /** [D] */
  readonly values: Float32Array;
  /** [D / heads]: its key, averaged over the heads. */
  readonly key: Float32Array;
}

/** What one block does to one pair, with the engine's numbers. */
export interface MergedPair {
  /** 1-based. */
  readonly block: number;
  /** 0-based; 0 is the most similar pair of the block if pairs are chosen by similarity. */
  readonly rank: number;
  /** r, the number of pairs in the block. */
  readonly pairs: number;
  readonly src: PairedToken;
  readonly dst: PairedToken;
  /** How many other pairs of the block have the same dst. */
  readonly others: number;
  /** Cosine similarity as the matching computed it; null if pairs were drawn at random. */
  readonly similarity: number | null;
  /** How PYRA changes src; null if src merges as it is. */
  readonly modulation: PairModulation | null;
  /** Whether the method drops src, so that dst stays as it was. */
  readonly dropped: boolean;
  /** [D]: the merged token. */
  readonly merged: Float32Array;
  /** Patches that it stands for. */
  readonly mergedSize: number;
  readonly mergedPatches: readonly number[];
}

export interface PairModulation {
  /** g_r; null if the method has none. */
  readonly pair: number | null;
  /** [D]: g_D, where 1 changes nothing; null if the method has none. */
  readonly channels: Float32Array | null;
  /** [D]: src + src ⊙ g_D ⊙ g_r; with g_D alone src ⊙ g_D, with g_r alone src + src ⊙ g_r. */
  readonly changed: Float32Array;
  /** ||change|| / ||src|| */
  readonly strength: number;
}

export const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

export const norm = (values: Float32Array): number => Math.sqrt(dot(values, values));

/** The 1-based block whose merge is explained at a position of the block slider: that block, or the first at position 0. */
export function explainedBlock({ blocks }: Pick<Paired, 'blocks'>, position: number): number {
  return Math.max(1, Math.min(position, blocks.length));
}

/** The rank of the pair of a block (1-based) that contains a patch's token; null if none does. */
export function rankOf(map: Paired, block: number, patch: number): number | null {
  const row = rowsAt(map, block - 1)[patch];
  const { mergedRow, keptRow } = map.blocks[block - 1] ?? {};
  if (row === undefined || !mergedRow || !keptRow) return null;
  const asSrc = mergedRow.indexOf(row);
  const rank = asSrc >= 0 ? asSrc : keptRow.indexOf(row);
  return rank < 0 ? null : rank;
}

/** The rank of the most similar pair of a block (1-based) whose tokens touch in the picture; 0 if none do. */
export function neighbouringRank(map: Paired, block: number): number {
  const { mergedRow, keptRow } = map.blocks[block - 1] ?? {};
  if (!mergedRow || !keptRow) return 0;
  const { gridSide } = map;
  const rows = rowsAt(map, block - 1);
  const touching = new Set<string>();
  for (const [, , , , a, b] of edges(gridSide)) {
    touching.add(`${rows[a]} ${rows[b]}`);
    touching.add(`${rows[b]} ${rows[a]}`);
  }
  return Math.max(
    0,
    mergedRow.findIndex((row, rank) => touching.has(`${row} ${keptRow[rank]}`)),
  );
}

/** The first block after `block` (1-based) that merges a patch's token; null if none does. */
export function nextMerge(map: Paired, block: number, patch: number): number | null {
  for (let next = block + 1; next <= map.blocks.length; next++) if (rankOf(map, next, patch) !== null) return next;
  return null;
}

/** A pair of a block (1-based) by its rank; null if the block has no such pair. */
export function mergedPair(map: Paired, block: number, rank: number): MergedPair | null {
  const traced = map.blocks[block - 1];
  const srcRow = traced?.mergedRow[rank];
  const dstRow = traced?.keptRow[rank];
  if (!traced || srcRow === undefined || dstRow === undefined) return null;
  const pairs = traced.mergedRow.length;
  const channels = traced.pairTokens.length / pairs / 3;
  const [first, second, merged] = [0, 1, 2].map((which) => slice(traced.pairTokens, 3 * rank + which, channels));
  const before = rowsAt(map, block - 1);
  const token = (which: 0 | 1, row: number, values: Float32Array): PairedToken => ({
    row,
    size: map.blocks[block - 2]?.size[row] ?? 1,
    patches: patchesIn(before, row),
    values,
    key: slice(traced.pairKeys, 2 * rank + which, traced.pairKeys.length / pairs / 2),
  });
  const src = token(0, srcRow, first ?? NOTHING);
  const dst = token(1, dstRow, second ?? NOTHING);
  const after = rowsAt(map, block);
  const mergedRow = after[dst.patches[0] ?? -1] ?? -1;
  return {
    ...{ block, rank, pairs, src, dst },
    others: traced.keptRow.filter((row) => row === dstRow).length - 1,
    similarity: traced.similarity[rank] ?? null,
    modulation: modulationOf(map.configuration.method, traced, rank, src.values),
    dropped: drops(map.configuration.method),
    merged: merged ?? NOTHING,
    mergedSize: traced.size[mergedRow] ?? 1,
    mergedPatches: patchesIn(after, mergedRow),
  };
}

const NOTHING = new Float32Array();

const slice = (values: Float32Array, index: number, length: number): Float32Array =>
  values.subarray(index * length, (index + 1) * length);

const patchesIn = (rows: Uint32Array, row: number): number[] => [...rows.keys()].filter((patch) => rows[patch] === row);

function modulationOf(method: Method, traced: MergeBlock, rank: number, src: Float32Array): PairModulation | null {
  const modulation = reducerOf(method)?.modulation;
  if (!modulation) return null;
  const pair = modulation.pairs ? (traced.pairModulation[rank] ?? 0) : null;
  const channels = modulation.channels ? traced.channelModulation : null;
  const factor = (channel: number): number => {
    const g = channels?.[channel] ?? 1;
    return pair === null ? g - 1 : g * pair;
  };
  return {
    pair,
    channels,
    changed: src.map((value, channel) => value + value * factor(channel)),
    strength: traced.modulationStrength[rank] ?? 0,
  };
}
