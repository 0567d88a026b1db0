import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { recordAttentionBackward } from '../operations/attention.js';
import { recordLayerNormBackward } from '../operations/layer-norm.js';
import { recordLinear, recordWeightGradient } from '../operations/linear.js';
import { recordMergeBackward } from '../operations/merge.js';
import { recordPyraBackward } from '../operations/pyra.js';
import { recordBlock } from './forward.js';
import { pyraWeights } from './merging.js';
import {
  dropPathOf,
  isRecomputed,
  siteOf,
  type BlockTape,
  type ForwardOptions,
  type ForwardTape,
  type MergeTape,
  type NetworkState,
} from './tape.js';

/**
 * Records the gradients of all trained weights. A frozen weight gets none, and nothing flows below the first trained weight:
 * each stage is recorded only where something before it learns.
 * @param forward what the tape was recorded with.
 * @param dlogits [B, classes]: gradient of `tape.logits`.
 */
export function recordBackward(
  plan: PlanRecorder,
  state: NetworkState,
  tape: ForwardTape,
  forward: ForwardOptions,
  dlogits: Tensor,
): void {
  const { images } = forward;
  const learns = whatLearns(state, tape);
  let gradient = recordHeadBackward(plan, state, tape, images, dlogits, learns.some(Boolean));
  for (let block = tape.blocks.length - 1; block >= 0 && gradient; block--) {
    const first = tape.blocks[block];
    if (!first) break;
    const below = learns.slice(0, block).some(Boolean);
    const blockTape = isRecomputed(state, forward, block) ? recordAgain(plan, state, first, forward, block) : first;
    gradient = recordBlockBackward(plan, state, blockTape, { block, images, below, gradient });
  }
}

/** A block's forward once more from its input, which is all that was kept of it. Every random draw is the same again. */
function recordAgain(
  plan: PlanRecorder,
  state: NetworkState,
  first: BlockTape,
  { images, input }: ForwardOptions,
  block: number,
): BlockTape {
  const { x, size, tokensIn: tokens } = first;
  return recordBlock(plan, state, { images, input, training: true }, { block, x, size, source: null, tokens }, first);
}

/** Whether a block has trained weights. */
function whatLearns({ options }: NetworkState, tape: ForwardTape): boolean[] {
  return tape.blocks.map((block) => options.loraRank > 0 || options.adapterWidth > 0 || block.merge?.pyra !== undefined);
}

function recordHeadBackward(
  plan: PlanRecorder,
  { architecture, options, backbone, trained }: NetworkState,
  tape: ForwardTape,
  images: number,
  dlogits: Tensor,
  below: boolean,
): Tensor | undefined {
  const { embedDim: C } = architecture;
  const { classes } = options;
  const last = tape.blocks.at(-1);
  let gradient: Tensor | undefined;
  tape.heads.forEach(({ name, z, stats }, token) => {
    const shape = { dy: dlogits, rows: images, columns: classes, depth: C };
    recordWeightGradient(plan, { label: `d ${name}.weight`, x: z, out: trained.gradientOf(`${name}.weight`), ...shape });
    recordWeightGradient(plan, { label: `d ${name}.bias`, out: trained.gradientOf(`${name}.bias`), ...shape });
    if (!below || !last || !stats) return;
    const dz = plan.tensor(`d ${name} norm`, images * C);
    recordLinear(plan, {
      label: `d ${name}`,
      a: dlogits,
      weight: trained.value(`${name}.weight`),
      transposed: false,
      rows: images,
      columns: C,
      depth: classes,
      out: dz,
    });
    const rows = images * last.tokensOut;
    const dx = plan.tensor(`d last out, ${name}`, rows * C);
    recordLayerNormBackward(plan, {
      label: `d ${name} norm`,
      x: last.out,
      stats,
      gamma: backbone.get('norm.weight'),
      dy: dz,
      ...(gradient ? { passing: gradient } : {}),
      dx,
      rows,
      channels: C,
      pick: { every: last.tokensOut, first: token },
    });
    gradient = dx;
  });
  return gradient;
}

interface BlockGradient {
  readonly block: number;
  readonly images: number;
  /** Whether a block before this one learns. */
  readonly below: boolean;
  /** Gradient of the block's output, [B, tokensOut, C]. */
  readonly gradient: Tensor;
}

/** Returns the gradient of the block's input where something below learns. */
function recordBlockBackward(plan: PlanRecorder, state: NetworkState, tape: BlockTape, call: BlockGradient): Tensor | undefined {
  const attentionLearns = call.below || state.options.loraRank > 0;
  const mergeLearns = attentionLearns || tape.merge?.pyra !== undefined;
  const atMerged = recordMlpBackward(plan, state, tape, call, mergeLearns);
  if (!atMerged) return undefined;
  const atMiddle = tape.merge ? recordMergingBackward(plan, state, tape, tape.merge, call, atMerged, attentionLearns) : atMerged;
  if (!atMiddle || !attentionLearns) return undefined;
  return recordAttentionHalfBackward(plan, state, tape, call, atMiddle);
}

function recordMlpBackward(
  plan: PlanRecorder,
  state: NetworkState,
  tape: BlockTape,
  { block, images, gradient }: BlockGradient,
  goesOn: boolean,
): Tensor | undefined {
  const { architecture, options, backbone, trained } = state;
  const { embedDim: C, mlpHidden } = architecture;
  const rows = images * tape.tokensOut;
  const at = (suffix: string): string => `blocks.${block}.${suffix}`;
  let dmlp = gradient;
  if (tape.mlp && tape.adapterBefore && tape.adapterAfter) {
    const width = options.adapterWidth;
    const up = { dy: gradient, rows, columns: C, depth: width };
    recordWeightGradient(plan, {
      label: at('d adapter up'),
      x: tape.adapterAfter,
      out: trained.gradientOf(at('adapter.ln2.weight')),
      ...up,
    });
    recordWeightGradient(plan, { label: at('d adapter up bias'), out: trained.gradientOf(at('adapter.ln2.bias')), ...up });
    const dbefore = plan.tensor(at('d adapter before'), rows * width);
    recordLinear(plan, {
      label: at('d adapter after'),
      a: gradient,
      weight: trained.value(at('adapter.ln2.weight')),
      transposed: false,
      rows,
      columns: width,
      depth: C,
      out: dbefore,
      activation: 'quickGeluBackward',
      aux: tape.adapterBefore,
      ...(options.dropout > 0 ? { drop: { p: options.dropout, site: siteOf(block, 'adapter') } } : {}),
    });
    const down = { dy: dbefore, rows, columns: width, depth: C };
    recordWeightGradient(plan, {
      label: at('d adapter down'),
      x: tape.mlp,
      out: trained.gradientOf(at('adapter.ln1.weight')),
      ...down,
    });
    recordWeightGradient(plan, { label: at('d adapter down bias'), out: trained.gradientOf(at('adapter.ln1.bias')), ...down });
    if (!goesOn) return undefined;
    dmlp = plan.tensor(at('d mlp'), rows * C);
    recordLinear(plan, {
      label: at('d mlp'),
      a: dbefore,
      weight: trained.value(at('adapter.ln1.weight')),
      transposed: false,
      rows,
      columns: C,
      depth: width,
      out: dmlp,
      residual: gradient,
    });
  }
  if (!goesOn || !tape.beforeGelu || !tape.stats2) return undefined;
  const dropPath = dropPathOf(state, block);
  const dhidden = plan.tensor(at('d before gelu'), rows * mlpHidden);
  recordLinear(plan, {
    label: at('d fc2'),
    a: dmlp,
    weight: backbone.get(at('mlp.fc2.weight')),
    transposed: false,
    rows,
    columns: mlpHidden,
    depth: C,
    out: dhidden,
    activation: 'geluBackward',
    aux: tape.beforeGelu,
    ...(dropPath > 0 ? { dropPath: { p: dropPath, site: siteOf(block, 'mlpPath'), rowsPerImage: tape.tokensOut } } : {}),
  });
  const dnormed = plan.tensor(at('d norm2'), rows * C);
  recordLinear(plan, {
    label: at('d fc1'),
    a: dhidden,
    weight: backbone.get(at('mlp.fc1.weight')),
    transposed: false,
    rows,
    columns: C,
    depth: mlpHidden,
    out: dnormed,
  });
  const dx = plan.tensor(at('d merged'), rows * C);
  recordLayerNormBackward(plan, {
    label: at('d norm2'),
    x: tape.merged,
    stats: tape.stats2,
    gamma: backbone.get(at('norm2.weight')),
    dy: dnormed,
    passing: gradient,
    dx,
    rows,
    channels: C,
  });
  return dx;
}

function recordMergingBackward(
  plan: PlanRecorder,
  { architecture, trained }: NetworkState,
  tape: BlockTape,
  merge: MergeTape,
  { block, images }: BlockGradient,
  dout: Tensor,
  goesOn: boolean,
): Tensor | undefined {
  const { embedDim: C, distilled } = architecture;
  const at = (suffix: string): string => `blocks.${block}.${suffix}`;
  const shape = { batch: images, tokens: tape.tokensIn, channels: C, merged: merge.r };
  let dPairSum: Tensor | undefined;
  if (merge.pyra) {
    dPairSum = plan.tensor(at('d pair sum'), images * merge.r * C);
    recordPyraBackward(plan, {
      label: at('d PYRA'),
      dout,
      x: tape.middle,
      size: merge.sizeIn,
      outSize: merge.sizeOut,
      ...merge.matching,
      ...pyraWeights(trained, block),
      ...merge.pyra,
      ...shape,
      dPairSum,
      da: trained.gradientOf(at('pyra_a')),
      db: trained.gradientOf(at('pyra_b')),
      dgamma: trained.gradientOf(at('pyra_norm.weight')),
      dbeta: trained.gradientOf(at('pyra_norm.bias')),
    });
  }
  if (!goesOn) return undefined;
  const dx = plan.tensor(at('d after attention'), images * tape.tokensIn * C);
  recordMergeBackward(plan, {
    label: at('d merge'),
    dout,
    size: merge.sizeIn,
    outSize: merge.sizeOut,
    ...merge.matching,
    ...shape,
    distilled,
    dx,
    ...(merge.pyra ? { modulation: merge.pyra.modulation } : {}),
    ...(dPairSum ? { dPairSum } : {}),
  });
  return dx;
}

function recordAttentionHalfBackward(
  plan: PlanRecorder,
  state: NetworkState,
  tape: BlockTape,
  { block, images, below }: BlockGradient,
  gradient: Tensor,
): Tensor | undefined {
  const { architecture, options, backbone, trained } = state;
  const { embedDim: C, heads } = architecture;
  const tokens = tape.tokensIn;
  const rows = images * tokens;
  const at = (suffix: string): string => `blocks.${block}.${suffix}`;
  if (!tape.lse || !tape.stats1) throw new Error(`block ${block}: the forward was not recorded for training`);
  const dropPath = dropPathOf(state, block);
  const dattended = plan.tensor(at('d attended'), rows * C);
  recordLinear(plan, {
    label: at('d projection'),
    a: gradient,
    weight: backbone.get(at('attn.proj.weight')),
    transposed: false,
    rows,
    columns: C,
    depth: C,
    out: dattended,
    ...(dropPath > 0 ? { dropPath: { p: dropPath, site: siteOf(block, 'attentionPath'), rowsPerImage: tokens } } : {}),
  });
  const dqkv = plan.tensor(at('d qkv'), rows * 3 * C);
  recordAttentionBackward(plan, {
    label: at('d attention'),
    images,
    tokens,
    heads,
    headDim: C / heads,
    qkv: tape.qkv,
    ...(tape.size && options.proportionalAttention ? { size: tape.size } : {}),
    o: tape.attended,
    lse: tape.lse,
    dOut: dattended,
    dqkv,
  });
  const rank = options.loraRank;
  const dnormed = plan.tensor(at('d norm1'), rows * C);
  if (tape.loraMiddle) {
    const dmiddle = plan.tensor(at('d LoRA middle'), rows * rank);
    recordLinear(plan, {
      label: at('d LoRA b input'),
      a: dqkv,
      weight: trained.value(at('attn.LoRA_b.weight')),
      transposed: false,
      rows,
      columns: rank,
      depth: 3 * C,
      out: dmiddle,
    });
    recordWeightGradient(plan, {
      label: at('d LoRA b'),
      dy: dqkv,
      x: tape.loraMiddle,
      rows,
      columns: 3 * C,
      depth: rank,
      out: trained.gradientOf(at('attn.LoRA_b.weight')),
    });
    recordWeightGradient(plan, {
      label: at('d LoRA a'),
      dy: dmiddle,
      x: tape.dropped,
      rows,
      columns: rank,
      depth: C,
      out: trained.gradientOf(at('attn.LoRA_a.weight')),
    });
    if (!below) return undefined;
    recordLinear(plan, {
      label: at('d LoRA a input'),
      a: dmiddle,
      weight: trained.value(at('attn.LoRA_a.weight')),
      transposed: false,
      rows,
      columns: C,
      depth: rank,
      out: dnormed,
      ...(options.dropout > 0 ? { drop: { p: options.dropout, site: siteOf(block, 'lora') } } : {}),
    });
  }
  recordLinear(plan, {
    label: at('d qkv input'),
    a: dqkv,
    weight: backbone.get(at('attn.qkv.weight')),
    transposed: false,
    rows,
    columns: C,
    depth: 3 * C,
    out: dnormed,
    accumulate: tape.loraMiddle !== undefined,
  });
  const dx = plan.tensor(at('d in'), rows * C);
  recordLayerNormBackward(plan, {
    label: at('d norm1'),
    x: tape.x,
    stats: tape.stats1,
    gamma: backbone.get(at('norm1.weight')),
    dy: dnormed,
    passing: gradient,
    dx,
    rows,
    channels: C,
  });
  return dx;
}
