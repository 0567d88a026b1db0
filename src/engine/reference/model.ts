/**
 * The whole vision transformer with LoRA, adapter, token merging and PYRA in plain float64 loops. The engine, the exporters and the golden
 * files are compared with it, and it is the easiest place to read the method. It is not meant to be fast.
 *
 * Letters: B images, N present tokens, C channels, H heads, D head width, r pairs merged in a block, T protected tokens (the class token,
 * the distillation token and register tokens where there are some), K classes; a gradient is `d` + name. Tensors are row-major.
 *
 * The parts of a model follow from the names of its weights, such as `blocks.i.attn.LoRA_a.weight`, as in the authors' checkpoints.
 * Sources: PYRA (arXiv 2403.09192), ToMe (arXiv 2210.09461), timm's ViT.
 */
import { adamw, ADAMW_DEFAULTS } from './adamw.js';
import { blockBackward, blockForward, type BlockConfig, type BlockMasks, type BlockState, type Stream } from './block.js';
import { crossEntropy } from './cross-entropy.js';
import { embed, embedBackward } from './layers/embed.js';
import { layerNorm, layerNormBackward } from './layers/layer-norm.js';
import { linear, linearBackward } from './layers/linear.js';
import { interpolatePositions } from './layers/positions.js';
import { REDUCERS, type MergeMethod } from './merging/reducers.js';
import { data, decays, Gradients, tensor, type Tensor, type Weights } from './weights.js';

export interface ModelConfig {
  readonly heads: number;
  readonly method: MergeMethod;
  /** The number of tokens merged in each block. */
  readonly r: readonly number[];
  /** For each block, the number of these pairs, the most similar first, that PYRA was trained for; all where left out. */
  readonly trainedPairs?: readonly number[] | undefined;
  readonly proportionalAttention: boolean;
  /** The run's seed, for a method that draws its pairs; 0 where left out. */
  readonly seed?: number;
  /** 1e-6 in timm's models. */
  readonly layerNormEpsilon: number;
  /** Whether the position embedding is interpolated with antialiasing, as in timm; false where left out. */
  readonly antialiasedPositions?: boolean;
  /**
   * The logits of the loss where there are two heads: the mean of both, as in evaluation and in the golden files, or the class head alone,
   * as in the released training loop.
   */
  readonly loss: 'prediction' | 'class-head';
  /** Whether the backbone's weights are trained too. The position embedding must then have the images' grid. */
  readonly trainsBackbone?: boolean;
}

export interface Forward {
  /** [B, K]: the logits; with a distillation token the mean of both heads. */
  readonly logits: Float64Array;
  /** [B, K]: the logits of the class head. */
  readonly classLogits: Float64Array;
  readonly classes: number;
  readonly images: number;
  /** [B, 3, S, S] */
  readonly pixels: Float64Array;
  /** [B, T + P, C]: the input of the first block. */
  readonly embedded: Float64Array;
  readonly blocks: readonly BlockState[];
  /** [B, N, C]: the final norm's output. */
  readonly normalised: Float64Array;
}

export function depthOf(weights: Weights): number {
  let depth = 0;
  while (weights.has(`blocks.${depth}.norm1.weight`)) depth++;
  return depth;
}

/** [C] each: the class token, the distillation token, the register tokens. */
function prefixOf(weights: Weights): Float64Array[] {
  const channels = data(weights, 'norm.weight').length;
  return ['cls_token', 'dist_token', 'reg_token'].flatMap((name) => {
    const tokens = weights.get(name)?.data ?? new Float64Array();
    return Array.from({ length: tokens.length / channels }, (_, i) =>
      Float64Array.from(tokens.subarray(i * channels, (i + 1) * channels)),
    );
  });
}

function blockConfig(weights: Weights, config: ModelConfig, block: number): BlockConfig {
  return {
    block,
    seed: config.seed ?? 0,
    prefix: `blocks.${block}.`,
    heads: config.heads,
    channels: data(weights, 'norm.weight').length,
    layerNormEpsilon: config.layerNormEpsilon,
    reducer: REDUCERS[config.method],
    r: config.r[block] ?? 0,
    trainedPairs: (config.trainedPairs ?? config.r)[block] ?? 0,
    protectedTokens: prefixOf(weights).length,
    proportionalAttention: config.proportionalAttention,
  };
}

/**
 * pixels [B, 3, S, S], normalised; masks with an entry for each block, if given. The position embedding is interpolated for the images'
 * grid.
 */
export function forward(
  weights: Weights,
  config: ModelConfig,
  pixels: Float64Array,
  images: number,
  masks: readonly BlockMasks[] = [],
): Forward {
  const { shape: projectionShape, data: projection } = tensor(weights, 'patch_embed.proj.weight');
  const channels = projectionShape[0]!;
  const patchSize = projectionShape[3]!;
  const imageSize = Math.sqrt(pixels.length / (3 * images));
  const prefix = prefixOf(weights);
  const position = data(weights, 'pos_embed');
  const from = Math.sqrt(position.length / channels - prefix.length);
  const embedded = embed(
    pixels,
    {
      projection,
      bias: data(weights, 'patch_embed.proj.bias'),
      prefix,
      positions: interpolatePositions(
        position,
        prefix.length,
        from,
        Math.floor(imageSize / patchSize),
        channels,
        config.antialiasedPositions,
      ),
    },
    { images, imageSize, patchSize, channels },
  );
  const tokens = embedded.length / (images * channels);
  let stream: Stream = {
    x: embedded,
    size: new Float64Array(images * tokens).fill(1),
    source: Int32Array.from({ length: images * tokens }, (_, i) => i % tokens),
    images,
    tokens,
  };
  const blocks: BlockState[] = [];
  for (let block = 0; block < depthOf(weights); block++) {
    const state = blockForward(weights, blockConfig(weights, config, block), stream, masks[block] ?? {});
    blocks.push(state);
    stream = state.after;
  }
  const rows = images * stream.tokens;
  const { layerNormEpsilon } = config;
  const normalised = layerNorm(stream.x, data(weights, 'norm.weight'), data(weights, 'norm.bias'), layerNormEpsilon, {
    rows,
    channels,
  });
  const head = logitsOf(weights, normalised, { images, tokens: stream.tokens, channels });
  return { ...head, images, pixels, embedded, blocks, normalised };
}

/** The logits [B, K] of x [B, N, C] after the last norm; with a distillation token also the mean of both heads. */
function logitsOf(
  weights: Weights,
  x: Float64Array,
  { images, tokens, channels }: { readonly images: number; readonly tokens: number; readonly channels: number },
): Pick<Forward, 'logits' | 'classLogits' | 'classes'> {
  const classes = data(weights, 'head.bias').length;
  const head = (name: string, token: number): Float64Array =>
    linear(tokenOf(x, token, tokens, channels), data(weights, `${name}.weight`), data(weights, `${name}.bias`), {
      rows: images,
      depth: channels,
      columns: classes,
    });
  const classLogits = head('head', 0);
  let logits = classLogits;
  if (weights.has('dist_token')) {
    const distilled = head('head_dist', 1);
    logits = classLogits.map((value, i) => (value + distilled[i]!) / 2);
  }
  return { logits, classLogits, classes };
}

/** [B, C]: one token of each image of x [B, N, C]. */
function tokenOf(x: Float64Array, token: number, tokens: number, channels: number): Float64Array {
  const images = x.length / (tokens * channels);
  const out = new Float64Array(images * channels);
  for (let b = 0; b < images; b++) {
    out.set(x.subarray((b * tokens + token) * channels, (b * tokens + token + 1) * channels), b * channels);
  }
  return out;
}

/** The mean cross-entropy in nats, and its gradient for every trained weight that is used. labels [B]. */
export function lossAndGradients(
  weights: Weights,
  config: ModelConfig,
  state: Forward,
  labels: ArrayLike<number>,
): { loss: number; correct: number; gradients: ReadonlyMap<string, Float64Array> } {
  const { images, classes, normalised, blocks } = state;
  const channels = data(weights, 'norm.weight').length;
  const tokens = normalised.length / (images * channels);
  const mean = weights.has('head_dist.weight') && config.loss === 'prediction';
  const { loss, correct, dlogits } = crossEntropy(mean ? state.logits : state.classLogits, labels, { images, classes });
  const gradients = new Gradients(config.trainsBackbone === true);
  const dnormalised = new Float64Array(normalised.length);
  const heads = mean ? ['head', 'head_dist'] : ['head'];
  heads.forEach((name, token) => {
    const input = tokenOf(normalised, token, tokens, channels);
    const share = dlogits.map((value) => value / heads.length);
    const back = linearBackward(share, input, data(weights, `${name}.weight`), {
      rows: images,
      depth: channels,
      columns: classes,
    });
    gradients.add(`${name}.weight`, back.dweight);
    gradients.add(`${name}.bias`, back.dbias);
    for (let b = 0; b < images; b++) {
      dnormalised.set(back.da.subarray(b * channels, (b + 1) * channels), (b * tokens + token) * channels);
    }
  });
  const last = blocks.at(-1)?.after.x ?? state.embedded;
  const rows = images * tokens;
  const norm = layerNormBackward(dnormalised, last, data(weights, 'norm.weight'), config.layerNormEpsilon, { rows, channels });
  gradients.add('norm.weight', norm.dgamma);
  gradients.add('norm.bias', norm.dbeta);
  let { dx } = norm;
  for (let block = blocks.length - 1; block >= 0; block--) {
    dx = blockBackward(weights, blockConfig(weights, config, block), blocks[block]!, dx, gradients);
  }
  if (gradients.everything) addEmbedding(gradients, weights, state, dx);
  return { loss, correct, gradients: gradients.byName };
}

/** Adds the embedding's gradients, given dx [B, T + P, C] of the first block's input. */
function addEmbedding(gradients: Gradients, weights: Weights, { pixels, images }: Forward, dx: Float64Array): void {
  const { shape } = tensor(weights, 'patch_embed.proj.weight');
  const [channels, patchSize] = [shape[0]!, shape[3]!];
  const prefix = weights.has('dist_token') ? ['cls_token', 'dist_token'] : ['cls_token'];
  const imageSize = Math.sqrt(pixels.length / (3 * images));
  const back = embedBackward(dx, pixels, prefix.length, { images, imageSize, patchSize, channels });
  gradients.add('patch_embed.proj.weight', back.dprojection);
  gradients.add('patch_embed.proj.bias', back.dbias);
  prefix.forEach((name, i) => gradients.add(name, back.dprefix.slice(i * channels, (i + 1) * channels)));
  if (back.dpositions.length !== data(weights, 'pos_embed').length) {
    throw new RangeError('reference model: positions train on the images’ own grid');
  }
  gradients.add('pos_embed', back.dpositions);
}

export interface TrainOptions {
  /** The common learning rate of each step. */
  readonly rates: readonly number[];
  /** The number of batches in the pixels; steps take them in turn. */
  readonly batches: number;
  /** The learning rate of PYRA's weights. */
  readonly pyraLearningRate: number;
  /** The weight decay of the tensors that decay. */
  readonly weightDecay: number;
}

/**
 * Trains with AdamW, without dropout. Returns the loss before each step and the weights after the last; frozen weights are the same arrays
 * as before.
 */
export function train(
  weights: Weights,
  config: ModelConfig,
  pixels: Float64Array,
  labels: ArrayLike<number>,
  options: TrainOptions,
): { losses: number[]; weights: Map<string, Tensor> } {
  const trained = new Map(weights);
  const moments = new Map<string, { m: Float64Array; v: Float64Array }>();
  const losses: number[] = [];
  const images = labels.length / options.batches;
  for (const [index, learningRate] of options.rates.entries()) {
    const at = index % options.batches;
    const some = pixels.subarray((at * pixels.length) / options.batches, ((at + 1) * pixels.length) / options.batches);
    const own = Array.from({ length: images }, (_, i) => labels[at * images + i]!);
    const { loss, gradients } = lossAndGradients(trained, config, forward(trained, config, some, images), own);
    losses.push(loss);
    for (const [name, gradient] of gradients) {
      const { shape, data: before } = tensor(trained, name);
      const { m, v } = moments.get(name) ?? { m: new Float64Array(before.length), v: new Float64Array(before.length) };
      moments.set(name, { m, v });
      const next = before.slice();
      adamw(next, gradient, m, v, {
        ...ADAMW_DEFAULTS,
        learningRate: name.includes('pyra') ? options.pyraLearningRate : learningRate,
        weightDecay: decays(name, tensor(trained, name)) ? options.weightDecay : 0,
        step: index + 1,
      });
      trained.set(name, { shape, data: next });
    }
  }
  return { losses, weights: trained };
}
