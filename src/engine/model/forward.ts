import { protectedTokens } from '../../vit/architecture.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { recordAttention } from '../operations/attention.js';
import { recordLayerNorm } from '../operations/layer-norm.js';
import { recordLinear } from '../operations/linear.js';
import { recordAssembleTokens, recordCutPatches } from '../operations/patches.js';
import { recordMerging } from './merging.js';
import {
  dropPathOf,
  isRecomputed,
  siteOf,
  tokensAtStart,
  type BlockInput,
  type BlockTape,
  type ForwardOptions,
  type ForwardTape,
  type NetworkState,
} from './tape.js';

/** Records the whole network from pictures to logits; the order of operations is the paper's, one function a stage. */
export function recordForward(plan: PlanRecorder, state: NetworkState, call: ForwardOptions): ForwardTape {
  let x = recordEmbedding(plan, state, call);
  let size: Tensor | null = null;
  let source: Tensor | null = null;
  let tokens = tokensAtStart(state);
  const blocks: BlockTape[] = [];
  for (let block = 0; block < state.architecture.depth; block++) {
    const tape = recordBlock(plan, state, call, { block, x, size, source, tokens });
    blocks.push(tape);
    x = tape.out;
    size = tape.merge?.sizeOut ?? size;
    source = tape.merge?.source ?? source;
    tokens = tape.tokensOut;
  }
  return { blocks, ...recordHead(plan, state, call, x, tokens) };
}

function recordEmbedding(plan: PlanRecorder, { architecture, options, backbone }: NetworkState, call: ForwardOptions): Tensor {
  const { embedDim: C, patchSize, mean, std } = architecture;
  const { images } = call;
  const gridSide = Math.floor(options.imageSize / patchSize);
  const patchCount = gridSide * gridSide;
  const depth = 3 * patchSize * patchSize;
  const patches = plan.tensor('patches', images * patchCount * depth);
  recordCutPatches(plan, {
    label: 'patches',
    pixels: call.input.tensor,
    ...(call.input.form === 'bytes' ? { normalise: { mean, std } } : {}),
    patches,
    images,
    side: options.imageSize,
    patchSide: patchSize,
    gridSide,
  });
  const embedded = plan.tensor('embedded patches', images * patchCount * C);
  recordLinear(plan, {
    label: 'patch embedding',
    a: patches,
    weight: backbone.get('patch_embed.proj.weight'),
    transposed: true,
    bias: backbone.get('patch_embed.proj.bias'),
    rows: images * patchCount,
    columns: C,
    depth,
    out: embedded,
  });
  const prefixTokens = protectedTokens(architecture);
  const x = plan.tensor('tokens', images * (prefixTokens + patchCount) * C);
  recordAssembleTokens(plan, {
    label: 'tokens',
    embedded,
    prefix: backbone.get('prefix'),
    positions: backbone.get('positions'),
    x,
    images,
    patches: patchCount,
    prefixTokens,
    channels: C,
  });
  return x;
}

/**
 * Records a block.
 * @param first of a block that is computed again for its backward: what it left the first time. What only the next block needs is
 * left out then.
 */
export function recordBlock(
  plan: PlanRecorder,
  state: NetworkState,
  call: ForwardOptions,
  input: BlockInput,
  first?: BlockTape,
): BlockTape {
  const saves = call.training && (first !== undefined || !isRecomputed(state, call, input.block));
  const attention = recordAttentionHalf(plan, state, call, input, saves);
  const r = state.options.method === 'none' ? 0 : (state.options.schedule[input.block] ?? 0);
  const merging = r > 0 ? recordMerging(plan, state, call, input, attention.qkv, attention.middle, r) : undefined;
  const merged = merging?.out ?? attention.middle;
  const tokensOut = input.tokens - r;
  const mlp = recordMlpHalf(plan, state, call, { block: input.block, x: merged, tokens: tokensOut, saves, first });
  if (call.keepBlocks) plan.keep(mlp.out);
  return {
    tokensIn: input.tokens,
    tokensOut,
    x: input.x,
    size: input.size,
    ...attention,
    merge: merging?.tape,
    merged,
    ...mlp,
  };
}

function recordAttentionHalf(plan: PlanRecorder, state: NetworkState, call: ForwardOptions, input: BlockInput, saves: boolean) {
  const { architecture, options, backbone, trained } = state;
  const { block, x, tokens } = input;
  const { embedDim: C, heads } = architecture;
  const { images, training } = call;
  const rows = images * tokens;
  const at = (suffix: string): string => `blocks.${block}.${suffix}`;
  const lora = options.loraRank > 0;
  const drops = training && lora && options.dropout > 0;

  const stats1 = saves ? plan.tensor(at('norm1 stats'), rows * 2) : undefined;
  const normed = plan.tensor(at('norm1'), rows * C);
  const dropped = drops ? plan.tensor(at('norm1 dropped'), rows * C) : normed;
  recordLayerNorm(plan, {
    label: at('norm1'),
    x,
    gamma: backbone.get(at('norm1.weight')),
    beta: backbone.get(at('norm1.bias')),
    y: normed,
    ...(stats1 ? { stats: stats1 } : {}),
    ...(drops ? { dropped: { tensor: dropped, p: options.dropout, site: siteOf(block, 'lora') } } : {}),
    rows,
    channels: C,
    epsilon: architecture.layerNormEpsilon,
  });

  const qkv = plan.tensor(at('qkv'), rows * 3 * C);
  let loraMiddle: Tensor | undefined;
  if (lora) {
    const rank = options.loraRank;
    loraMiddle = plan.tensor(at('LoRA middle'), rows * rank);
    recordLinear(plan, {
      label: at('LoRA a'),
      a: dropped,
      weight: trained.value(at('attn.LoRA_a.weight')),
      transposed: true,
      rows,
      columns: rank,
      depth: C,
      out: loraMiddle,
    });
    recordLinear(plan, {
      label: at('LoRA b'),
      a: loraMiddle,
      weight: trained.value(at('attn.LoRA_b.weight')),
      transposed: true,
      rows,
      columns: 3 * C,
      depth: rank,
      out: qkv,
    });
  }
  recordLinear(plan, {
    label: at('qkv'),
    a: normed,
    weight: backbone.get(at('attn.qkv.weight')),
    transposed: true,
    bias: backbone.get(at('attn.qkv.bias')),
    rows,
    columns: 3 * C,
    depth: C,
    out: qkv,
    accumulate: lora,
  });

  const attended = plan.tensor(at('attended'), rows * C);
  const lse = saves ? plan.tensor(at('lse'), images * heads * tokens) : undefined;
  recordAttention(plan, {
    label: at('attention'),
    images,
    tokens,
    heads,
    headDim: C / heads,
    qkv,
    ...(input.size && options.proportionalAttention ? { size: input.size } : {}),
    o: attended,
    ...(lse ? { lse } : {}),
  });
  const middle = plan.tensor(at('after attention'), rows * C);
  const dropPath = training ? dropPathOf(state, block) : 0;
  recordLinear(plan, {
    label: at('projection'),
    a: attended,
    weight: backbone.get(at('attn.proj.weight')),
    transposed: true,
    bias: backbone.get(at('attn.proj.bias')),
    rows,
    columns: C,
    depth: C,
    out: middle,
    residual: x,
    ...(dropPath > 0 ? { dropPath: { p: dropPath, site: siteOf(block, 'attentionPath'), rowsPerImage: tokens } } : {}),
  });
  return { stats1, dropped, loraMiddle, qkv, lse, attended, middle };
}

interface MlpInput {
  readonly block: number;
  readonly x: Tensor;
  readonly tokens: number;
  /** Keeps what the backward needs. */
  readonly saves: boolean;
  readonly first: BlockTape | undefined;
}

function recordMlpHalf(plan: PlanRecorder, state: NetworkState, call: ForwardOptions, input: MlpInput) {
  const { block, x, tokens, saves, first } = input;
  const { architecture, options, backbone, trained } = state;
  const { embedDim: C, mlpHidden } = architecture;
  const { images, training } = call;
  const rows = images * tokens;
  const at = (suffix: string): string => `blocks.${block}.${suffix}`;

  const stats2 = saves ? plan.tensor(at('norm2 stats'), rows * 2) : undefined;
  const normed = plan.tensor(at('norm2'), rows * C);
  recordLayerNorm(plan, {
    label: at('norm2'),
    x,
    gamma: backbone.get(at('norm2.weight')),
    beta: backbone.get(at('norm2.bias')),
    y: normed,
    ...(stats2 ? { stats: stats2 } : {}),
    rows,
    channels: C,
    epsilon: architecture.layerNormEpsilon,
  });
  const beforeGelu = saves ? plan.tensor(at('before gelu'), rows * mlpHidden) : undefined;
  const hidden = plan.tensor(at('mlp hidden'), rows * mlpHidden);
  recordLinear(plan, {
    label: at('fc1'),
    a: normed,
    weight: backbone.get(at('mlp.fc1.weight')),
    transposed: true,
    bias: backbone.get(at('mlp.fc1.bias')),
    rows,
    columns: mlpHidden,
    depth: C,
    out: hidden,
    activation: 'gelu',
    ...(beforeGelu ? { aux: beforeGelu } : {}),
  });
  const width = options.adapterWidth;
  const adapted = { mlp: undefined, adapterBefore: undefined, adapterAfter: undefined };
  if (first && width === 0) return { stats2, beforeGelu, ...adapted, out: first.out };
  const dropPath = training ? dropPathOf(state, block) : 0;
  const out = first?.out ?? plan.tensor(at('out'), rows * C);
  const mlp = width > 0 ? plan.tensor(at('mlp'), rows * C) : undefined;
  recordLinear(plan, {
    label: at('fc2'),
    a: hidden,
    weight: backbone.get(at('mlp.fc2.weight')),
    transposed: true,
    bias: backbone.get(at('mlp.fc2.bias')),
    rows,
    columns: C,
    depth: mlpHidden,
    out: mlp ?? out,
    ...(mlp ? {} : { residual: x }),
    ...(dropPath > 0 ? { dropPath: { p: dropPath, site: siteOf(block, 'mlpPath'), rowsPerImage: tokens } } : {}),
  });
  if (!mlp) return { stats2, beforeGelu, ...adapted, out };
  const adapterBefore = saves ? plan.tensor(at('adapter before'), rows * width) : undefined;
  const adapterAfter = plan.tensor(at('adapter after'), rows * width);
  recordLinear(plan, {
    label: at('adapter down'),
    a: mlp,
    weight: trained.value(at('adapter.ln1.weight')),
    transposed: true,
    bias: trained.value(at('adapter.ln1.bias')),
    rows,
    columns: width,
    depth: C,
    out: adapterAfter,
    activation: 'quickGelu',
    ...(adapterBefore ? { aux: adapterBefore } : {}),
    ...(training && options.dropout > 0 ? { drop: { p: options.dropout, site: siteOf(block, 'adapter') } } : {}),
  });
  if (!first) {
    recordLinear(plan, {
      label: at('adapter up'),
      a: adapterAfter,
      weight: trained.value(at('adapter.ln2.weight')),
      transposed: true,
      bias: trained.value(at('adapter.ln2.bias')),
      rows,
      columns: C,
      depth: width,
      out,
      activation: 'addAux',
      aux: mlp,
      residual: x,
    });
  }
  return { stats2, beforeGelu, mlp, adapterBefore, adapterAfter, out };
}

function recordHead(plan: PlanRecorder, state: NetworkState, call: ForwardOptions, x: Tensor, tokens: number) {
  const { architecture, options, backbone, trained } = state;
  const { embedDim: C } = architecture;
  const { images, training } = call;
  const names = architecture.distilled ? ['head', 'head_dist'] : ['head'];
  const logits = plan.tensor('logits', images * options.classes);
  const heads = names.map((name, token) => {
    const stats = training ? plan.tensor(`${name} norm stats`, images * 2) : undefined;
    const z = plan.tensor(`${name} norm`, images * C);
    recordLayerNorm(plan, {
      label: `${name} norm`,
      x,
      gamma: backbone.get('norm.weight'),
      beta: backbone.get('norm.bias'),
      y: z,
      ...(stats ? { stats } : {}),
      rows: images,
      channels: C,
      epsilon: architecture.layerNormEpsilon,
      pick: { every: tokens, first: token },
    });
    recordLinear(plan, {
      label: name,
      a: z,
      weight: trained.value(`${name}.weight`),
      transposed: true,
      bias: trained.value(`${name}.bias`),
      rows: images,
      columns: options.classes,
      depth: C,
      out: logits,
      accumulate: token > 0,
    });
    return { name, z, stats };
  });
  return { heads, logits, logitScale: 1 / names.length };
}
