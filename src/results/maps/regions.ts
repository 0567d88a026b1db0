import { GONE, type MergeMap } from '../../protocol/maps.js';

/** The picture's patches grouped by their tokens, at one position of the block slider. */
export interface Regions {
  /** [P]: the row of each patch's token, or GONE if it was dropped. */
  readonly row: Uint32Array;
  /** The patches of each row that has any, in ascending order. */
  readonly members: ReadonlyMap<number, readonly number[]>;
  /** [P, 3]: mean colour (0 to 255) of each patch's region; grey for a dropped patch. */
  readonly colour: Float32Array;
  /** The number of tokens, protected ones included. */
  readonly tokens: number;
}

/** The parts of a map that say where its tokens went. */
export type Followed = Pick<MergeMap, 'gridSide' | 'protectedTokens' | 'blocks'>;

/** The colour of a dropped patch. */
const GONE_COLOUR = [112, 112, 112];

/** Mean colour of each patch, [P, 3], 0 to 255. Pixels right of and below the last whole patch belong to none. */
export function patchColours(map: Pick<MergeMap, 'gridSide' | 'imageSize' | 'pixels'>): Float32Array {
  const { gridSide, imageSize, pixels } = map;
  const patch = Math.floor(imageSize / gridSide);
  const colours = new Float32Array(gridSide * gridSide * 3);
  for (let y = 0; y < gridSide * patch; y++) {
    for (let x = 0; x < gridSide * patch; x++) {
      const to = (Math.floor(y / patch) * gridSide + Math.floor(x / patch)) * 3;
      const from = (y * imageSize + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        colours[to + channel] = (colours[to + channel] ?? 0) + (pixels[from + channel] ?? 0) / (patch * patch);
      }
    }
  }
  return colours;
}

/** [P]: the row of each patch's token, or GONE, at a position: 0 before any merge, k after block k (1-based). */
export function rowsAt(map: Followed, position: number): Uint32Array {
  const patches = map.gridSide * map.gridSide;
  const source = position > 0 ? map.blocks[position - 1]?.source : undefined;
  return Uint32Array.from(
    { length: patches },
    (_, patch) => source?.[map.protectedTokens + patch] ?? map.protectedTokens + patch,
  );
}

export function tokensAt(map: Followed, position: number): number {
  const block = position > 0 ? map.blocks[position - 1] : undefined;
  return block?.tokens ?? map.gridSide * map.gridSide + map.protectedTokens;
}

export function regionsAt(map: Followed, position: number, patchColour: Float32Array): Regions {
  const row = rowsAt(map, position);
  const members = new Map<number, number[]>();
  const colour = new Float32Array(row.length * 3);
  row.forEach((value, patch) => {
    if (value === GONE) {
      colour.set(GONE_COLOUR, patch * 3);
      return;
    }
    const list = members.get(value);
    if (list) list.push(patch);
    else members.set(value, [patch]);
  });
  for (const patches of members.values()) {
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (const patch of patches) sum += patchColour[patch * 3 + channel] ?? 0;
      for (const patch of patches) colour[patch * 3 + channel] = sum / patches.length;
    }
  }
  return { row, members, colour, tokens: tokensAt(map, position) };
}

/** The path of a patch through the blocks: the number of patches in its token at each position, 0 to depth; 0 once it is dropped. */
export function pathOf(map: Followed, patch: number): number[] {
  return Array.from({ length: map.blocks.length + 1 }, (_, position) => {
    const row = rowsAt(map, position);
    if (row[patch] === GONE) return 0;
    return row.reduce((size, value) => size + (value === row[patch] ? 1 : 0), 0);
  });
}

/**
 * [P]: the values of the pairs that merge in a block, each on the patches of the token that is merged away; NaN on all other patches.
 */
export function pairValues(map: Followed, position: number, values: 'pairModulation' | 'modulationStrength'): Float32Array {
  const patches = map.gridSide * map.gridSide;
  const result = new Float32Array(patches).fill(Number.NaN);
  const block = position > 0 ? map.blocks[position - 1] : undefined;
  if (!block || block[values].length === 0) return result;
  const before = rowsAt(map, position - 1);
  const valueOfRow = new Map<number, number>();
  block.mergedRow.forEach((row, pair) => valueOfRow.set(row, block[values][pair] ?? 0));
  // A patch that was dropped earlier has no pair.
  before.forEach((row, patch) => (result[patch] = valueOfRow.get(row) ?? Number.NaN));
  return result;
}

const AXIS_STEP = 0.05;
/** The share of pairs that may lie below the axis, since the last blocks merge a few very different tokens. */
const BELOW = 0.1;

/**
 * `low` is where a common axis for the similarities of all blocks begins (it ends at 1): a multiple of 0.05, at most 0.95, with at most a
 * tenth of all pairs below it, which would otherwise squeeze the rest together. `least` is the similarity of the least similar pair.
 */
export function similarityAxis(map: MergeMap): { readonly low: number; readonly least: number } {
  const all = map.blocks.flatMap(({ similarity }) => [...similarity]).sort((a, b) => a - b);
  const begin = Math.min(1 - AXIS_STEP, all[Math.floor(all.length * BELOW)] ?? 0);
  // A value on a step counts as above it, in spite of float32's rounding.
  const low = Math.round(Math.floor(begin / AXIS_STEP + 1e-4) * AXIS_STEP * 100) / 100;
  return { low, least: all[0] ?? low };
}

/** Counts similarities in `bins` equal bins from `low` to 1; values outside count in the nearest bin. */
export function histogram(similarity: Float32Array, low: number, bins: number): number[] {
  const counts = Array<number>(bins).fill(0);
  for (const value of similarity) {
    const bin = Math.max(0, Math.min(bins - 1, Math.floor(((value - low) / (1 - low)) * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** The largest absolute value of a quantity over all blocks, the scale of its colours; 0 if no block has it. */
export function largest(
  map: Followed,
  values: 'pairModulation' | 'modulationStrength' | 'channelModulation',
  centre = 0,
): number {
  let most = 0;
  for (const block of map.blocks) for (const value of block[values]) most = Math.max(most, Math.abs(value - centre));
  return most;
}

/** Every edge between neighbouring patches once: [x1, y1, x2, y2] in patches, and the two patches. */
export function* edges(grid: number): Generator<readonly [number, number, number, number, number, number]> {
  for (let y = 0; y < grid; y++) {
    for (let x = 0; x < grid; x++) {
      const patch = y * grid + x;
      if (x + 1 < grid) yield [x + 1, y, x + 1, y + 1, patch, patch + 1];
      if (y + 1 < grid) yield [x, y + 1, x + 1, y + 1, patch, patch + grid];
    }
  }
}
