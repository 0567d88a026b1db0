/** The candidates for attention: one template in many sizes, with and without fusion. The tuner measures which is fastest on an adapter. */
import type { WorkgroupLimits } from './product.js';

/** Sizes of `shaders/attention/tiles.wgsl`. */
export interface AttentionTile {
  /** Rows of the result: its tokens. */
  readonly rows: number;
  /** Tokens on the other side that are staged at a time. */
  readonly columns: number;
  /** How much of the head's width is staged at a time, in cells of four. */
  readonly step: number;
  /** Whether the rows' operands stay in workgroup memory from one tile of columns to the next. */
  readonly held: boolean;
}

/** A candidate. Its name gives all of its sizes: rows x columns x channels at a time. */
export interface AttentionCandidate {
  readonly name: string;
  readonly tile: AttentionTile;
  /** Whether scores stay in workgroup memory; otherwise they are stored, for as many pictures at a time as fit ({@link picturesStored}). */
  readonly fused: boolean;
}

/** One dispatch of attention, forward or backward. */
export interface AttentionPass {
  /** The number of score tiles: the logits, and in the backward also the products of dout with values. */
  readonly products: 1 | 2;
  readonly headWidth: number;
}

/** The rows, and the columns, of an invocation. */
const OWN = 4;
/** The most cells of the result for an invocation: more would not stay in registers. */
const MOST_CELLS = 4;
const VECTOR_BYTES = 16;

const cellsOf = (headWidth: number): number => Math.ceil(headWidth / 4);
const powerOfTwoBelow = (n: number): number => 2 ** Math.floor(Math.log2(Math.max(1, n)));

/** The `override` constants of `shaders/attention/tiles.wgsl`. */
export function tileConstants({ rows, columns, step, held }: AttentionTile, { products, headWidth }: AttentionPass) {
  const cells = cellsOf(headWidth);
  const [ACROSS, DOWN] = [columns / OWN, rows / OWN];
  const own = Math.min(MOST_CELLS, Math.ceil(cells / ACROSS));
  return {
    ...{ ACROSS, DOWN, STEP: step, HELD: held ? step * Math.ceil(cells / step) : step },
    ...{ OWN: own, STAGED: Math.min(columns, powerOfTwoBelow((products * OWN * step) / own)) },
  };
}

/** The number of workgroups that share a tile of rows, each with a part of the head's channels. */
export function slicesOf(tile: AttentionTile, pass: AttentionPass): number {
  const { OWN: own, ACROSS } = tileConstants(tile, pass);
  return Math.ceil(cellsOf(pass.headWidth) / (own * ACROSS));
}

/**
 * The bytes of workgroup memory of a candidate: the staged rows and columns of each product, and the weights. Without fusion scores and
 * their products are apart, so that rows and weights do not need room at the same time.
 */
export function storageOf({ tile, fused }: Pick<AttentionCandidate, 'tile' | 'fused'>, pass: AttentionPass): number {
  const { ACROSS, DOWN, STEP, HELD } = tileConstants(tile, pass);
  const [rows, columns, weights] = [HELD * DOWN, STEP * ACROSS, ACROSS * DOWN];
  const vectors = fused
    ? pass.products * (rows + columns) + weights
    : Math.max(pass.products * (rows + columns), columns + weights);
  return VECTOR_BYTES * OWN * vectors;
}

const named = (tile: AttentionTile, fused: boolean): AttentionCandidate => ({
  name: `${tile.rows}x${tile.columns}x${OWN * tile.step}${tile.held ? ' held' : ''}${fused ? '' : ' unfused'}`,
  tile,
  fused,
});

const SIDES = [16, 32, 64] as const;
const STEPS = [4, 8] as const;
const INVOCATIONS = { least: 32, most: 256 } as const;

/** All candidates that a device can run. @param unfused whether there is room for stored scores. */
export function attentionCandidates(pass: AttentionPass, limits: WorkgroupLimits, unfused: boolean): AttentionCandidate[] {
  const most = Math.min(INVOCATIONS.most, limits.maxComputeInvocationsPerWorkgroup);
  const sides = SIDES.flatMap((rows) => SIDES.map((columns) => ({ rows, columns }))).filter(({ rows, columns }) => {
    const invocations = (rows * columns) / OWN ** 2;
    return invocations >= INVOCATIONS.least && invocations <= most;
  });
  const ways = [{ held: false, fused: true }, { held: true, fused: true }, ...(unfused ? [{ held: false, fused: false }] : [])];
  return sides
    .flatMap((two) => STEPS.flatMap((step) => ways.map(({ held, fused }) => named({ ...two, step, held }, fused))))
    .filter((candidate) => storageOf(candidate, pass) <= limits.maxComputeWorkgroupStorageSize);
}

/** The stored scores of a tensor at most: enough to fill a card, and little enough to stay in a large card's cache. */
const SCORE_BYTES = 2 ** 25;

/** The pictures whose scores are stored at a time; 0 where those of one are larger than the largest binding. */
export function picturesStored(images: number, bytesEach: number, largestBinding: number): number {
  if (bytesEach > largestBinding) return 0;
  return Math.min(images, Math.max(1, Math.floor(Math.min(SCORE_BYTES, largestBinding) / bytesEach)));
}

/**
 * The likeliest winners: square tiles, which fetch the least for their products, and small enough that several workgroups fit on a core.
 */
const LIKELY = [
  ...['32x32x32', '32x32x16', '32x32x16 held', '64x64x16 unfused', '64x32x16', '64x64x16', '32x64x16'],
  ...['32x32x32 unfused', '64x64x32 unfused'],
];

/** The candidates of a device, the likeliest winners first. */
export function orderedAttention(pass: AttentionPass, limits: WorkgroupLimits, unfused: boolean): AttentionCandidate[] {
  const place = ({ name }: AttentionCandidate): number => {
    const index = LIKELY.indexOf(name);
    return index === -1 ? LIKELY.length : index;
  };
  return attentionCandidates(pass, limits, unfused).toSorted((one, other) => place(one) - place(other));
}
