import { attention, attentionBackward } from './layers/attention.js';
import { drawPairs } from './merging/draw-pairs.js';
import { dropout, dropPath } from './layers/dropout.js';
import { gelu, geluBackward } from './layers/gelu.js';
import { layerNorm, layerNormBackward } from './layers/layer-norm.js';
import { linear, linearBackward } from './layers/linear.js';
import { match, type Match, type MatchShape } from './merging/match.js';
import {
  dropSource,
  gatherPairs,
  gatherPairsBackward,
  merge,
  mergeBackward,
  mergeSource,
  withoutPairs,
} from './merging/merge.js';
import { metric } from './merging/metric.js';
import { pyra, pyraBackward, type Pyra, type PyraWeights } from './merging/pyra.js';
import { quickGelu, quickGeluBackward } from './layers/quick-gelu.js';
import type { Reducer } from './merging/reducers.js';
import { data, optional, tensor, type Gradients, type Weights } from './weights.js';

/** The constants of a block, the same for all images. */
export interface BlockConfig {
  /** 0-based. */
  readonly block: number;
  /** The run's seed; here only drawn pairs depend on it. */
  readonly seed: number;
  /** For example `blocks.3.`. */
  readonly prefix: string;
  readonly heads: number;
  readonly channels: number;
  readonly layerNormEpsilon: number;
  /** Null keeps all tokens. */
  readonly reducer: Reducer | null;
  /** Tokens to merge away. */
  readonly r: number;
  /** The number of pairs, the most similar first, that PYRA has weights for. */
  readonly trainedPairs: number;
  readonly protectedTokens: number;
  readonly proportionalAttention: boolean;
}

/** Masks as in `dropout.ts`; a missing mask drops nothing. */
export interface BlockMasks {
  /** [B, N, C]: LoRA's input. */
  readonly lora?: Float64Array;
  /** [B, N - r, adapterWidth]: the adapter's hidden layer. */
  readonly adapter?: Float64Array;
  /** [B]: stochastic depth of the attention branch. */
  readonly attentionPath?: Float64Array;
  /** [B]: stochastic depth of the MLP branch, before the adapter. */
  readonly mlpPath?: Float64Array;
}

/** The residual stream between two blocks. */
export interface Stream {
  /** [B, N, C]. */
  readonly x: Float64Array;
  /** [B, N]: the number of patches in each token. */
  readonly size: Float64Array;
  /** [B, N0]: the row of each original token. */
  readonly source: Int32Array;
  readonly images: number;
  readonly tokens: number;
}

export interface BlockMerge {
  readonly match: Match;
  /** [B, N]: the weight of each token in the mean of its row. */
  readonly size: Float64Array;
  /** Weighted by size, before the modulation. */
  readonly src: Float64Array;
  readonly dst: Float64Array;
  /** Null for plain ToMe. */
  readonly pyra: Pyra | null;
}

/** Everything that the backward and the tests need. */
export interface BlockState {
  readonly before: Stream;
  readonly after: Stream;
  readonly merge: BlockMerge | null;
  readonly masks: BlockMasks;
  /** norm1's output, qkv with LoRA, attention's output: [B, N, C], [B, N, 3, H, D], [B, N, C]. */
  readonly h1: Float64Array;
  readonly qkv: Float64Array;
  readonly attended: Float64Array;
  /** The stream before and after the merge. */
  readonly x1: Float64Array;
  readonly x2: Float64Array;
  /** norm2's output, fc1's, fc2's after stochastic depth, and the adapter's hidden layer before its activation. */
  readonly h2: Float64Array;
  readonly hidden: Float64Array;
  readonly mlp: Float64Array;
  readonly adapterHidden: Float64Array | null;
}

const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i]!);
const drop = (x: Float64Array, mask: Float64Array | undefined): Float64Array => (mask ? dropout(x, mask) : x);
const dropBranch = (x: Float64Array, mask: Float64Array | undefined): Float64Array => (mask ? dropPath(x, mask) : x);

function pyraWeights(weights: Weights, prefix: string): PyraWeights {
  return {
    gamma: data(weights, `${prefix}pyra_norm.weight`),
    beta: data(weights, `${prefix}pyra_norm.bias`),
    a: data(weights, `${prefix}pyra_a`),
    b: data(weights, `${prefix}pyra_b`),
  };
}

/** The ways to choose the pairs of a block. qkv [B, N, 3, H, D]. */
const PAIRINGS: Readonly<
  Record<Reducer['pairing'], (config: BlockConfig, qkv: Float64Array, shape: Omit<MatchShape, 'headWidth'>) => Match>
> = {
  similarity: ({ heads, channels }, qkv, shape) => {
    const headWidth = channels / heads;
    return match(metric(qkv, { ...shape, heads, headWidth }), { ...shape, headWidth });
  },
  random: ({ seed, block }, _qkv, shape) => drawPairs(seed, block, shape),
};

/** Rank of this block's LoRA and width of its adapter; 0 where it has none. */
function widths(weights: Weights, prefix: string): { rank: number; adapterWidth: number; mlpHidden: number } {
  return {
    rank: weights.get(`${prefix}attn.LoRA_a.weight`)?.shape[0] ?? 0,
    adapterWidth: weights.get(`${prefix}adapter.ln1.weight`)?.shape[0] ?? 0,
    mlpHidden: tensor(weights, `${prefix}mlp.fc1.weight`).shape[0]!,
  };
}

/**
 * One block: x += dropPath(attention(norm1(x))); merge; x += adapter(dropPath(mlp(norm2(x)))), with LoRA on qkv and the
 * adapter y + W2 dropout(quickGELU(W1 y + b1)) + b2.
 */
export function blockForward(weights: Weights, config: BlockConfig, before: Stream, masks: BlockMasks): BlockState {
  const { prefix, heads, channels, layerNormEpsilon, reducer, r, trainedPairs, protectedTokens } = config;
  const { images, tokens, x, size } = before;
  const w = (name: string): Float64Array => data(weights, prefix + name);
  const { rank, adapterWidth, mlpHidden } = widths(weights, prefix);
  const rows = images * tokens;
  const shape = { images, tokens, heads, headWidth: channels / heads };

  const h1 = layerNorm(x, w('norm1.weight'), w('norm1.bias'), layerNormEpsilon, { rows, channels });
  const qkvShape = { rows, depth: channels, columns: 3 * channels };
  let qkv = linear(h1, w('attn.qkv.weight'), optional(weights, `${prefix}attn.qkv.bias`), qkvShape);
  if (rank > 0) {
    const low = linear(drop(h1, masks.lora), w('attn.LoRA_a.weight'), null, { rows, depth: channels, columns: rank });
    qkv = sum(qkv, linear(low, w('attn.LoRA_b.weight'), null, { rows, depth: rank, columns: 3 * channels }));
  }
  const attended = attention(qkv, config.proportionalAttention ? size : null, shape);
  const projected = linear(attended, w('attn.proj.weight'), w('attn.proj.bias'), { rows, depth: channels, columns: channels });
  const x1 = sum(x, dropBranch(projected, masks.attentionPath));

  let merging: BlockMerge | null = null;
  let x2 = x1;
  let outSize = size;
  let source = before.source;
  if (r > 0 && reducer) {
    const pairs = PAIRINGS[reducer.pairing](config, qkv, { images, tokens, r, protectedTokens });
    const mergeShape = { images, tokens, channels, r };
    const drops = reducer.weight === 'zero';
    const weighed = drops ? withoutPairs(size, pairs, images, tokens) : size;
    const { src, dst } = gatherPairs(x1, weighed, pairs, mergeShape);
    const { halves } = reducer;
    const pyraShape = { images, r, channels, trainedPairs };
    const modulation = halves ? pyra(src, dst, pyraWeights(weights, prefix), halves, pyraShape) : null;
    ({ out: x2, size: outSize } = merge(x1, weighed, pairs, modulation?.out ?? null, mergeShape));
    source = (drops ? dropSource : mergeSource)(source, pairs, images, tokens);
    merging = { match: pairs, size: weighed, src, dst, pyra: modulation };
  }

  const left = x2.length / (images * channels);
  const rowsLeft = images * left;
  const h2 = layerNorm(x2, w('norm2.weight'), w('norm2.bias'), layerNormEpsilon, { rows: rowsLeft, channels });
  const hidden = linear(h2, w('mlp.fc1.weight'), w('mlp.fc1.bias'), { rows: rowsLeft, depth: channels, columns: mlpHidden });
  const fc2Shape = { rows: rowsLeft, depth: mlpHidden, columns: channels };
  const mlp = dropBranch(linear(gelu(hidden), w('mlp.fc2.weight'), w('mlp.fc2.bias'), fc2Shape), masks.mlpPath);
  let adapterHidden: Float64Array | null = null;
  let branch = mlp;
  if (adapterWidth > 0) {
    const ln1Shape = { rows: rowsLeft, depth: channels, columns: adapterWidth };
    adapterHidden = linear(mlp, w('adapter.ln1.weight'), w('adapter.ln1.bias'), ln1Shape);
    const activated = drop(quickGelu(adapterHidden), masks.adapter);
    const ln2Shape = { rows: rowsLeft, depth: adapterWidth, columns: channels };
    branch = sum(mlp, linear(activated, w('adapter.ln2.weight'), w('adapter.ln2.bias'), ln2Shape));
  }
  const after = { x: sum(x2, branch), size: outSize, source, images, tokens: left };
  return { before, after, merge: merging, masks, h1, qkv, attended, x1, x2, h2, hidden, mlp, adapterHidden };
}

/** Adds this block's weight gradients, and returns dx of its input [B, N, C], given dout of its output [B, N - r, C]. */
export function blockBackward(
  weights: Weights,
  config: BlockConfig,
  state: BlockState,
  dout: Float64Array,
  gradients: Gradients,
): Float64Array {
  const dx2 = sum(dout, mlpBackward(weights, config, state, dout, gradients));
  const dx1 = state.merge ? mergingBackward(weights, config, state, state.merge, dx2, gradients) : dx2;
  return sum(dx1, attentionBranchBackward(weights, config, state, dx1, gradients));
}

/** Adds the gradients of layers' weights and biases, by the layers' names. */
function addLayers(
  gradients: Gradients,
  prefix: string,
  layers: Readonly<Record<string, { readonly dweight: Float64Array; readonly dbias: Float64Array }>>,
): void {
  for (const [name, { dweight, dbias }] of Object.entries(layers)) {
    gradients.add(`${prefix}${name}.weight`, dweight);
    gradients.add(`${prefix}${name}.bias`, dbias);
  }
}

/** The gradient through norm2, the MLP and the adapter, without the residual. */
function mlpBackward(weights: Weights, config: BlockConfig, state: BlockState, dout: Float64Array, gradients: Gradients) {
  const { prefix, channels } = config;
  const { mlpHidden, adapterWidth } = widths(weights, prefix);
  const w = (name: string): Float64Array => data(weights, prefix + name);
  const { adapterHidden, masks } = state;
  const rows = state.after.images * state.after.tokens;
  let dmlp = dout;
  if (adapterHidden) {
    const activated = drop(quickGelu(adapterHidden), masks.adapter);
    const ln2Shape = { rows, depth: adapterWidth, columns: channels };
    const ln2 = linearBackward(dout, activated, w('adapter.ln2.weight'), ln2Shape);
    const dhidden = quickGeluBackward(drop(ln2.da, masks.adapter), adapterHidden);
    const ln1Shape = { rows, depth: channels, columns: adapterWidth };
    const ln1 = linearBackward(dhidden, state.mlp, w('adapter.ln1.weight'), ln1Shape);
    addLayers(gradients, prefix, { 'adapter.ln1': ln1, 'adapter.ln2': ln2 });
    dmlp = sum(dmlp, ln1.da);
  }
  const fc2Shape = { rows, depth: mlpHidden, columns: channels };
  const fc2 = linearBackward(dropBranch(dmlp, masks.mlpPath), gelu(state.hidden), w('mlp.fc2.weight'), fc2Shape);
  const fc1Shape = { rows, depth: channels, columns: mlpHidden };
  const fc1 = linearBackward(geluBackward(fc2.da, state.hidden), state.h2, w('mlp.fc1.weight'), fc1Shape);
  const norm2 = layerNormBackward(fc1.da, state.x2, w('norm2.weight'), config.layerNormEpsilon, { rows, channels });
  addLayers(gradients, prefix, { 'mlp.fc2': fc2, 'mlp.fc1': fc1, norm2: { dweight: norm2.dgamma, dbias: norm2.dbeta } });
  return norm2.dx;
}

function mergingBackward(
  weights: Weights,
  config: BlockConfig,
  state: BlockState,
  merging: BlockMerge,
  dout: Float64Array,
  gradients: Gradients,
): Float64Array {
  const { prefix, channels, r, trainedPairs } = config;
  const { images, tokens } = state.before;
  const { size } = merging;
  const shape = { images, tokens, channels, r };
  const { dx, dmodulated } = mergeBackward(dout, size, state.after.size, merging.match, merging.pyra !== null, shape);
  const halves = config.reducer?.halves;
  if (merging.pyra && halves) {
    const { src, dst, pyra: forward, match: pairs } = merging;
    const own = pyraWeights(weights, prefix);
    const back = pyraBackward(dmodulated, src, dst, own, halves, forward, { images, r, channels, trainedPairs });
    gradients.add(`${prefix}pyra_norm.weight`, back.dgamma);
    gradients.add(`${prefix}pyra_norm.bias`, back.dbeta);
    gradients.add(`${prefix}pyra_a`, back.da);
    gradients.add(`${prefix}pyra_b`, back.db);
    gatherPairsBackward(dx, back.dsrc, back.ddst, size, pairs, shape);
  }
  return dx;
}

/** The gradient through norm1, qkv with LoRA, attention and its projection, without the residual. */
function attentionBranchBackward(
  weights: Weights,
  config: BlockConfig,
  state: BlockState,
  dout: Float64Array,
  gradients: Gradients,
): Float64Array {
  const { prefix, channels, heads } = config;
  const { images, tokens, size, x } = state.before;
  const { masks, h1, qkv, attended } = state;
  const { rank } = widths(weights, prefix);
  const w = (name: string): Float64Array => data(weights, prefix + name);
  const rows = images * tokens;
  const square = { rows, depth: channels, columns: channels };
  const projection = linearBackward(dropBranch(dout, masks.attentionPath), attended, w('attn.proj.weight'), square);
  const shape = { images, tokens, heads, headWidth: channels / heads };
  const dqkv = attentionBackward(projection.da, qkv, config.proportionalAttention ? size : null, shape);
  const joint = linearBackward(dqkv, h1, w('attn.qkv.weight'), { rows, depth: channels, columns: 3 * channels });
  let dh1 = joint.da;
  if (rank > 0) {
    const dropped = drop(h1, masks.lora);
    const aShape = { rows, depth: channels, columns: rank };
    const low = linear(dropped, w('attn.LoRA_a.weight'), null, aShape);
    const up = linearBackward(dqkv, low, w('attn.LoRA_b.weight'), { rows, depth: rank, columns: 3 * channels });
    const down = linearBackward(up.da, dropped, w('attn.LoRA_a.weight'), aShape);
    gradients.add(`${prefix}attn.LoRA_a.weight`, down.dweight);
    gradients.add(`${prefix}attn.LoRA_b.weight`, up.dweight);
    dh1 = sum(dh1, drop(down.da, masks.lora));
  }
  const norm1 = layerNormBackward(dh1, x, w('norm1.weight'), config.layerNormEpsilon, { rows, channels });
  addLayers(gradients, prefix, {
    'attn.proj': projection,
    'attn.qkv': joint,
    norm1: { dweight: norm1.dgamma, dbias: norm1.dbeta },
  });
  return norm1.dx;
}
