import { ADAPTERS, type AdapterName } from '../../vit/adapters/index.js';
import { protectedTokens, type Architecture } from '../../vit/architecture.js';
import { reducerOf } from '../../vit/methods/index.js';
import { headNames } from '../../vit/weights.js';
import { interpolatePositions } from '../../vit/positions.js';
import type { AdaptedMetadata } from '../types.js';
import { transpose, type WeightSource } from './constants.js';
import type { GraphBuilder } from './graph.js';
import { addMerge, type PyraConstants } from './merge.js';

/** What flows from block to block, as names of values. */
export interface Stream {
  /** [B, N, C] */
  readonly x: string;
  /** [B, N], null while every token is one patch. */
  readonly size: string | null;
  /** [B, N0] int64, null where maps are not asked for. */
  readonly source: string | null;
}

export interface BlockPlace {
  readonly block: number;
  /** int64 [1]: B. */
  readonly batch: string;
  /** N: tokens that enter. */
  readonly tokens: number;
  /** Q: the number of tokens in front whose output is wanted. All tokens are keys and values. */
  readonly queries: number;
  readonly r: number;
}

export async function addNorm(
  graph: GraphBuilder,
  weights: WeightSource,
  name: string,
  x: string,
  { embedDim, layerNormEpsilon }: Architecture,
): Promise<string> {
  const weight = await weights.constant(`${name}.weight`, [embedDim]);
  const bias = await weights.constant(`${name}.bias`, [embedDim]);
  return graph.node('LayerNormalization', [x, weight, bias], { axis: -1n, epsilon: layerNormEpsilon });
}

async function addLinear(
  graph: GraphBuilder,
  weights: WeightSource,
  name: string,
  x: string,
  outputs: number,
  inputs: number,
): Promise<string> {
  const product = graph.node('MatMul', [x, await weights.transposed(`${name}.weight`, outputs, inputs)]);
  return graph.node('Add', [product, await weights.constant(`${name}.bias`, [outputs])]);
}

/** Patches by a convolution, the position embedding on this image size's grid, the protected tokens (with their positions) in front. */
export async function addEmbedding(
  graph: GraphBuilder,
  weights: WeightSource,
  { architecture, configuration }: AdaptedMetadata,
  pixels: string,
  batch: string,
): Promise<string> {
  const { embedDim: C, patchSize: p, distilled, registers, antialiasedPositions } = architecture;
  const T = protectedTokens(architecture);
  const grid = Math.floor(configuration.imageSize / p);
  const projection = await weights.constant('patch_embed.proj.weight', [C, 3, p, p]);
  const bias = await weights.constant('patch_embed.proj.bias', [C]);
  const patches = graph.node('Conv', [pixels, projection, bias], { strides: [p, p], kernel_shape: [p, p] });
  const rows = graph.node('Transpose', [graph.node('Reshape', [patches, graph.ints([0, C, grid * grid])])], { perm: [0, 2, 1] });
  const stored = await weights.read('pos_embed', weights.shape('pos_embed') ?? []);
  const position = interpolatePositions(stored, T, grid, antialiasedPositions).data;
  const front = position.slice(0, T * C);
  const special = [['cls_token', 1], ...(distilled ? [['dist_token', 1] as const] : []), ['reg_token', registers]] as const;
  let at = 0;
  for (const [name, count] of special) {
    if (count === 0) continue;
    for (const value of (await weights.read(name, [1, count, C])).data) front[at++]! += value;
  }
  const placed = graph.node('Add', [rows, graph.weight('pos_embed', [1, grid * grid, C], position.slice(T * C))]);
  const shape = graph.node('Concat', [batch, graph.ints([T, C])], { axis: 0n });
  const placedFront = graph.node('Expand', [graph.weight('protected_tokens', [1, T, C], front), shape]);
  return graph.node('Concat', [placedFront, placed], { axis: 1n });
}

/** What a unit adds to a block's MLP branch; null for a unit that is folded into a weight. */
type Branch = (graph: GraphBuilder, weights: WeightSource, block: string, branch: string, channels: number) => Promise<string>;
const BRANCHES: Readonly<Record<AdapterName, Branch | null>> = { lora: null, adapter: addAdapter };

/** y + W2 quickGELU(W1 y + b1) + b2; y where the block has none. */
async function addAdapter(graph: GraphBuilder, weights: WeightSource, block: string, y: string, C: number): Promise<string> {
  const width = weights.shape(`${block}.adapter.ln1.weight`)?.[0];
  if (width === undefined) return y;
  graph.within(`${block}.adapter`);
  const down = await addLinear(graph, weights, `${block}.adapter.ln1`, y, width, C);
  const gate = graph.node('Sigmoid', [graph.node('Mul', [down, graph.scalar(1.702)])]);
  const up = await addLinear(graph, weights, `${block}.adapter.ln2`, graph.node('Mul', [down, gate]), C, width);
  return graph.node('Add', [y, up]);
}

/** One block: attention with its residual, the merge, the MLP and the adapter with theirs. */
export async function addBlock(
  graph: GraphBuilder,
  weights: WeightSource,
  metadata: AdaptedMetadata,
  place: BlockPlace,
  stream: Stream,
): Promise<Stream> {
  const { architecture } = metadata;
  const { embedDim: C, mlpHidden } = architecture;
  const name = `blocks.${place.block}`;
  graph.within(`${name}.attn`);
  const h = await addNorm(graph, weights, `${name}.norm1`, stream.x, architecture);
  const { attended, k } = await addAttention(graph, weights, metadata, place, h, stream.size);
  let next: Stream = {
    ...stream,
    x: graph.node('Add', [
      firstTokens(graph, place, stream.x),
      await addLinear(graph, weights, `${name}.attn.proj`, attended, C, C),
    ]),
  };

  if (place.r > 0) {
    graph.within(`${name}.merge`);
    next = addMerge(graph, {
      ...next,
      metric: graph.node('ReduceMean', [k], { axes: [2], keepdims: 0n }),
      batch: place.batch,
      tokens: place.tokens,
      channels: C,
      r: place.r,
      protectedTokens: protectedTokens(architecture),
      weight: reducerOf(metadata.configuration.method)?.weight ?? 'size',
      pyra: await pyraConstants(graph, weights, metadata, place),
    });
  }

  graph.within(`${name}.mlp`);
  const normalised = await addNorm(graph, weights, `${name}.norm2`, next.x, architecture);
  const hidden = await addLinear(graph, weights, `${name}.mlp.fc1`, normalised, mlpHidden, C);
  let branch = await addLinear(graph, weights, `${name}.mlp.fc2`, addGelu(graph, hidden), C, mlpHidden);
  for (const unit of ADAPTERS) branch = (await BRANCHES[unit.name]?.(graph, weights, name, branch, C)) ?? branch;
  return { ...next, x: graph.node('Add', [next.x, branch]) };
}

/** The first Q tokens of x [B, N, C], whose output is wanted: [B, Q, C]. */
function firstTokens(graph: GraphBuilder, { tokens, queries }: BlockPlace, x: string): string {
  return queries < tokens ? graph.node('Slice', [x, graph.ints([0]), graph.ints([queries]), graph.ints([1])]) : x;
}

/** Attention of h [B, N, C] with log(size) added to each key's logits. Returns [B, Q, C] and k [B, N, H, D]. */
async function addAttention(
  graph: GraphBuilder,
  weights: WeightSource,
  { architecture, configuration }: AdaptedMetadata,
  place: BlockPlace,
  h: string,
  size: string | null,
): Promise<{ attended: string; k: string }> {
  const { embedDim: C, heads: H } = architecture;
  const D = C / H;
  const name = `blocks.${place.block}.attn`;
  const weight = await weights.folded(`blocks.${place.block}.`, 'attn.qkv.weight', [3 * C, C]);
  // The queries' factor 1 / sqrt(D) is folded into their rows.
  const scaled = scaleRows(weight.data, C, C, 1 / Math.sqrt(D));
  let qkv = graph.node('MatMul', [h, graph.weight(`${name}.qkv.weight`, [C, 3 * C], transpose(scaled, 3 * C, C))]);
  if (weights.has(`${name}.qkv.bias`)) {
    const bias = await weights.read(`${name}.qkv.bias`, [3 * C]);
    qkv = graph.node('Add', [qkv, graph.weight(`${name}.qkv.bias`, [3 * C], scaleRows(bias.data, C, 1, 1 / Math.sqrt(D)))]);
  }
  const [allQ, ...keysAndValues] = graph.nodeWith(3, 'Split', [qkv, graph.ints([C, C, C])], { axis: -1n });
  const [q, k, v] = [firstTokens(graph, place, allQ!), ...keysAndValues].map((part) =>
    graph.node('Reshape', [part, graph.ints([0, 0, H, D])]),
  );
  const byHead = (part: string, perm: readonly number[]): string => graph.node('Transpose', [part], { perm });
  let logits = graph.node('MatMul', [byHead(q!, [0, 2, 1, 3]), byHead(k!, [0, 2, 3, 1])]);
  if (configuration.proportionalAttention && size !== null) {
    logits = graph.node('Add', [logits, graph.node('Unsqueeze', [graph.node('Log', [size]), graph.ints([1, 2])])]);
  }
  const mixed = graph.node('MatMul', [graph.node('Softmax', [logits], { axis: -1n }), byHead(v!, [0, 2, 1, 3])]);
  return { attended: graph.node('Reshape', [byHead(mixed, [0, 2, 1, 3]), graph.ints([0, 0, C])]), k: k! };
}

/** A copy of a matrix with rows of `width` whose first `rows` rows are multiplied by a factor. */
function scaleRows(data: Float32Array<ArrayBuffer>, rows: number, width: number, factor: number): Float32Array<ArrayBuffer> {
  const out = data.slice();
  for (let i = 0; i < rows * width; i++) out[i]! *= factor;
  return out;
}

/** x Φ(x) as 0.5 x (1 + erf(x / sqrt 2)). Gelu is an operator of its own only from opset 20 on, and runtimes fuse this form. */
function addGelu(graph: GraphBuilder, x: string): string {
  const erf = graph.node('Erf', [graph.node('Div', [x, graph.scalar(Math.SQRT2)])]);
  return graph.node('Mul', [graph.node('Mul', [x, graph.node('Add', [erf, graph.scalar(1)])]), graph.scalar(0.5)]);
}

async function pyraConstants(
  graph: GraphBuilder,
  weights: WeightSource,
  { architecture, configuration, trainedPairs }: AdaptedMetadata,
  { block, r }: BlockPlace,
): Promise<PyraConstants | null> {
  const { embedDim: C } = architecture;
  const name = `blocks.${block}`;
  const trained = trainedPairs?.[block] ?? r;
  const modulation = reducerOf(configuration.method)?.modulation;
  if (!modulation) return null;
  return {
    normWeight: await weights.constant(`${name}.pyra_norm.weight`, [C]),
    normBias: await weights.constant(`${name}.pyra_norm.bias`, [C]),
    ...(modulation.channels ? { a: await weights.constant(`${name}.pyra_a`, [1, r]) } : {}),
    ...(modulation.pairs ? { b: await weights.constant(`${name}.pyra_b`, [C, 1]) } : {}),
    ...(trained < r ? { trained: graph.weight('trained_pairs', [1, r, 1], firstOnes(trained, r)) } : {}),
  };
}

const firstOnes = (count: number, length: number): Float32Array<ArrayBuffer> => new Float32Array(length).fill(1, 0, count);

/**
 * logits [B, K] from the features of the tokens that have a head, side by side in [B, heads * C]: one matrix product. With two heads, each
 * head's weights are halved, which gives the mean.
 */
export async function addHeads(
  graph: GraphBuilder,
  weights: WeightSource,
  { architecture, classes }: AdaptedMetadata,
  features: string,
): Promise<string> {
  const { embedDim: C } = architecture;
  const K = classes.length;
  const names = headNames(architecture);
  const weight = new Float32Array(names.length * C * K);
  const bias = new Float32Array(K);
  for (const [i, name] of names.entries()) {
    const own = transpose((await weights.read(`${name}.weight`, [K, C])).data, K, C);
    own.forEach((value, at) => (weight[i * C * K + at] = value / names.length));
    (await weights.read(`${name}.bias`, [K])).data.forEach((value, at) => (bias[at]! += value / names.length));
  }
  const constants = [graph.weight('weight', [names.length * C, K], weight), graph.weight('bias', [K], bias)];
  return graph.node('Gemm', [features, ...constants]);
}
