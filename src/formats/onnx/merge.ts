import type { Reducer } from '../../vit/methods/unit.js';
import type { GraphBuilder } from './graph.js';

/** What PYRA adds to a block: the names of its constants. A half that is off has none. */
export interface PyraConstants {
  /** [C] */
  readonly normWeight: string;
  /** [C] */
  readonly normBias: string;
  /** [1, r], absent without the channel half. */
  readonly a?: string;
  /** [C, 1], absent without the pair half. */
  readonly b?: string;
  /** [1, r, 1]: 1 for pairs that were trained, 0 for the others; absent where all were. */
  readonly trained?: string;
}

export interface MergeInput {
  /** [B, N, C]: the residual stream after attention. */
  readonly x: string;
  /** [B, N, D]: mean of k over the heads, not yet normalised. */
  readonly metric: string;
  /** [B, N], or null while every token is one patch. */
  readonly size: string | null;
  /** [B, N0] int64: the row of each original token; null where it is not needed. */
  readonly source: string | null;
  /** int64 [1]: B. */
  readonly batch: string;
  readonly tokens: number;
  readonly channels: number;
  readonly r: number;
  readonly protectedTokens: number;
  /** The weight in the mean of a token that merges away: its size, or zero, in which case it is dropped. */
  readonly weight: Reducer['weight'];
  readonly pyra: PyraConstants | null;
}

export interface MergeOutput {
  readonly x: string;
  /** [B, N - r], or null while every token is one patch. */
  readonly size: string | null;
  readonly source: string | null;
}

/** PyTorch's default for the norm inside the modulation. */
const PYRA_EPSILON = 1e-5;
const END = 2 ** 31 - 1;

/** Short names for two common nodes: slicing along the tokens, and adding a number. */
function words(graph: GraphBuilder) {
  const slice = (value: string, start: number, end: number, step = 1): string =>
    graph.node('Slice', [value, graph.ints([start]), graph.ints([end]), graph.ints([1]), graph.ints([step])]);
  const plus = (value: string, number: number): string =>
    number === 0 ? value : graph.node('Add', [value, graph.ints([number], [])]);
  return { slice, plus };
}

/** Numbers of even and odd tokens, and of the even ones that may merge away and of those that stay. */
function countsOf({ tokens, protectedTokens, r }: MergeInput) {
  const evens = Math.ceil(tokens / 2);
  const odds = tokens - evens;
  const firstEven = Math.ceil(protectedTokens / 2);
  const firstOdd = Math.floor(protectedTokens / 2);
  const candidates = evens - firstEven;
  const stay = candidates - r;
  return { evens, odds, firstEven, firstOdd, candidates, stay };
}

/** ToMe's bipartite matching: which tokens merge, into which, and which of the even ones stay. */
function matched(graph: GraphBuilder, input: MergeInput) {
  const { metric, r } = input;
  const { slice, plus } = words(graph);
  const { firstEven, firstOdd, candidates, stay } = countsOf(input);
  // Matching.
  const unit = graph.node('Div', [metric, graph.node('ReduceL2', [metric], { axes: [2], keepdims: 1n })]);
  const partners = graph.node('Transpose', [slice(unit, 2 * firstOdd + 1, END, 2)], { perm: [0, 2, 1] });
  const scores = graph.node('MatMul', [slice(unit, 2 * firstEven, END, 2), partners]);
  const best = graph.node('ReduceMax', [scores], { axes: [2], keepdims: 0n });
  const partner = graph.node('ArgMax', [scores], { axis: 2n, keepdims: 0n });

  // Ranking: the first r merge; the others stay and are put back into ascending order.
  const order = graph.nodeWith(2, 'TopK', [best, graph.ints([candidates])], { axis: 1n })[1]!;
  const src = slice(order, 0, r);
  const dst = plus(graph.node('GatherElements', [partner, src], { axis: 1n }), firstOdd);
  const tokenOf = (candidate: string): string => plus(graph.node('Mul', [candidate, graph.ints([2], [])]), 2 * firstEven);
  const srcToken = tokenOf(src);
  const stayToken =
    stay > 0
      ? tokenOf(graph.nodeWith(2, 'TopK', [slice(order, r, candidates), graph.ints([stay])], { axis: 1n, largest: 0n })[0]!)
      : null;
  return { dst, srcToken, stayToken };
}

/**
 * ToMe's matching and merge with PYRA's modulation, in standard operators.
 *
 * Protected tokens are cut out before the scores are computed, instead of scoring -inf: of T of them ceil(T / 2) are even and floor(T / 2)
 * odd. Ties are broken as in the reference: ArgMax takes the first of equals, and TopK's specification puts the lower index first.
 */
export function addMerge(graph: GraphBuilder, input: MergeInput): MergeOutput {
  const { x, size, batch, tokens, channels, r, protectedTokens, weight, pyra } = input;
  const { slice, plus } = words(graph);
  const column = (value: string): string => graph.node('Unsqueeze', [value, graph.ints([-1])]);
  /** Rows [B, M] of [B, N, C]. */
  const rows = (value: string, at: string): string => graph.node('GatherND', [value, column(at)], { batch_dims: 1n });

  const { evens, odds, firstOdd, stay } = countsOf(input);
  const { dst, srcToken, stayToken } = matched(graph, input);

  const vector = (length: number): string => graph.node('Concat', [batch, graph.ints([length])], { axis: 0n });
  // New order: the protected tokens as they were, the even tokens that stay, the odd ones.
  const join = (all: string, kept: string | null, odd: string): string => {
    const last = firstOdd === 0 ? odd : slice(odd, firstOdd, END);
    return graph.node('Concat', [slice(all, 0, protectedTokens), ...(kept === null ? [] : [kept]), last], { axis: 1n });
  };
  if (weight === 'zero') {
    // The tokens that merge away are dropped; the others are unchanged.
    return {
      x: join(x, stayToken === null ? null : rows(x, stayToken), slice(x, 1, END, 2)),
      size: null,
      source: input.source === null ? null : follow(input.source),
    };
  }

  // Tokens weighted by their size.
  const weighted = size === null ? x : graph.node('Mul', [x, column(size)]);
  let moved = rows(weighted, srcToken);
  const odd = slice(weighted, 1, END, 2);
  if (pyra) moved = addModulation(graph, moved, rows(odd, dst), pyra);

  // Adds the merged tokens to their partners, and the sizes likewise.
  const dstEverywhere = graph.node('Expand', [
    column(dst),
    graph.node('Concat', [batch, graph.ints([r, channels])], { axis: 0n }),
  ]);
  const sum = graph.node('ScatterElements', [odd, dstEverywhere, moved], { axis: 1n, reduction: 'add' });
  const sizes = size ?? graph.node('Expand', [graph.scalar(1), vector(tokens)]);
  const movedSize = graph.node('GatherElements', [sizes, srcToken], { axis: 1n });
  const oddSize = graph.node('ScatterElements', [slice(sizes, 1, END, 2), dst, movedSize], { axis: 1n, reduction: 'add' });
  const merged = graph.node('Div', [sum, column(oddSize)]);

  const keptSize = stayToken === null ? null : graph.node('GatherElements', [sizes, stayToken], { axis: 1n });
  return {
    x: join(x, stayToken === null ? null : rows(x, stayToken), merged),
    size: join(sizes, keptSize, oddSize),
    source: input.source === null ? null : follow(input.source),
  };

  /**
   * Each original token's row after this merge (that of its partner for a dropped token), found through the rows of this block's tokens.
   */
  function follow(source: string): string {
    const staying = evens - r;
    const row = Array.from({ length: tokens }, (_, token) => token);
    for (let j = firstOdd; j < odds; j++) row[2 * j + 1] = staying + j;
    let map = graph.node('Expand', [graph.ints(row, [1, tokens]), vector(tokens)]);
    if (stayToken !== null) {
      const places = Array.from({ length: stay }, (_, i) => i + protectedTokens);
      const placesEverywhere = graph.node('Expand', [graph.ints(places, [1, stay]), vector(stay)]);
      map = graph.node('ScatterElements', [map, stayToken, placesEverywhere], { axis: 1n });
    }
    map = graph.node('ScatterElements', [map, srcToken, plus(dst, staying)], { axis: 1n });
    return graph.node('GatherElements', [map, source], { axis: 1n });
  }
}

/**
 * src + src ⊙ g_D ⊙ g_r with M = LayerNorm(src + dst), g_D = 2 sigmoid(aᵀ M), g_r = 2 sigmoid(M bᵀ) - 1. With one half alone: src + src ⊙
 * (2 sigmoid - 1). For pairs that were never trained: src unchanged.
 */
function addModulation(graph: GraphBuilder, src: string, dst: string, pyra: PyraConstants): string {
  const { a, b, trained } = pyra;
  const m = graph.node('LayerNormalization', [graph.node('Add', [src, dst]), pyra.normWeight, pyra.normBias], {
    axis: -1n,
    epsilon: PYRA_EPSILON,
  });
  const twiceSigmoid = (z: string): string => graph.node('Mul', [graph.node('Sigmoid', [z]), graph.scalar(2)]);
  const channels = a === undefined ? null : twiceSigmoid(graph.node('MatMul', [a, m]));
  const less1 = (g: string): string => graph.node('Sub', [g, graph.scalar(1)]);
  const masked = (g: string): string => (trained === undefined ? g : graph.node('Mul', [g, trained]));
  const moved = (strength: string): string => graph.node('Add', [src, graph.node('Mul', [src, strength])]);
  if (b !== undefined) {
    const pairs = masked(less1(twiceSigmoid(graph.node('MatMul', [m, b]))));
    return moved(channels === null ? pairs : graph.node('Mul', [channels, pairs]));
  }
  if (channels === null) return src;
  return trained === undefined ? graph.node('Mul', [src, channels]) : moved(masked(less1(channels)));
}
