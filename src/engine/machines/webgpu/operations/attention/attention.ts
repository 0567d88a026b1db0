import type { AttentionCall } from '../../../../operations/attention.js';
import type { Operation } from '../../../../plan/operation.js';
import type { Tensor } from '../../../../plan/tensor.js';
import { defineKernel } from '../../kernel.js';
import type { Lowering } from '../../lowering.js';
import { orderedAttention, type AttentionCandidate, type AttentionPass, type AttentionTile } from '../../candidates/attention.js';
import { productOf, tileCall, tileUniforms } from './tiles.js';
import { lowerUnfused, lowerUnfusedBackward, pictureRoom } from './unfused.js';

const prefix = {
  wide: ['common/cell'],
  includes: ['attention/never', 'attention/tiles', 'attention/score-tiles', 'attention/weighted-tiles'],
};

const forward = defineKernel({
  shader: 'attention/forward',
  wide: prefix.wide,
  includes: [...prefix.includes, 'attention/powers'],
  buffers: { qkv: 'read', size: 'read', out: 'write', lse: 'write' },
  uniforms: { ...tileUniforms, save: 'u32' },
});

const backward = defineKernel({
  shader: 'attention/backward',
  wide: prefix.wide,
  includes: [...prefix.includes, 'attention/dout', 'attention/gradients'],
  buffers: {
    ...{ qkv: 'read', size: 'read', out: 'read', dout: 'read', lse: 'read' },
    ...{ delta: 'update', dqkv: 'update' },
  },
  uniforms: tileUniforms,
});

type Forward = Pick<Operation<'attention'>, 'label' | 'tensors' | 'call'>;
type Backward = Pick<Operation<'attentionBackward'>, 'label' | 'tensors' | 'call'>;

/** Softmax attention, without an N x N matrix or with stored scores. */
export function lowerAttention(lowering: Lowering, operation: Operation<'attention'>): void {
  const { call } = operation;
  const chosen = choose(lowering, { what: 'attention', call, products: 1 }, (on, alone, candidate) => {
    const { qkv, out, lse } = tensorsAlone(on, alone);
    lowerForward(on, { label: 'attention', tensors: { qkv, out, lse }, call: alone }, candidate);
  });
  lowerForward(lowering, operation, chosen);
}

function lowerForward(lowering: Lowering, { label, tensors, call }: Forward, { fused, tile }: AttentionCandidate): void {
  if (fused) dispatchForward(lowering, { label, tensors, call }, tile);
  else lowerUnfused(lowering, { label, tensors, call, tile });
}

/** dqkv from dout. */
export function lowerAttentionBackward(lowering: Lowering, operation: Operation<'attentionBackward'>): void {
  const { call } = operation;
  const chosen = choose(lowering, { what: 'd attention', call, products: 2 }, (on, alone, candidate) => {
    lowerBackward(on, { label: 'd attention', tensors: tensorsAlone(on, alone), call: alone }, candidate);
  });
  lowerBackward(lowering, operation, chosen);
}

/** With fusion in two passes, for queries and then for keys and values; see `shaders/attention/backward.wgsl`. */
function lowerBackward(lowering: Lowering, { label, tensors, call }: Backward, { fused, tile }: AttentionCandidate): void {
  if (!fused) {
    lowerUnfusedBackward(lowering, { label, tensors, call, tile });
    return;
  }
  const delta = lowering.scratch(`${label} delta`, call.images * call.heads * call.queries);
  dispatchBackward(lowering, { label: `${label} queries`, tensors, delta, call, keys: false }, tile);
  dispatchBackward(lowering, { label: `${label} keys, values`, tensors, delta, call, keys: true }, tile);
}

function dispatchForward(lowering: Lowering, { label, tensors, call }: Forward, tile: AttentionTile): void {
  const { qkv, size, out, lse } = tensors;
  const { cell, constants, uniforms } = tileCall(call, passOf(call, 1), tile, size);
  lowering.dispatch(forward, {
    label,
    buffers: { qkv, size: size ?? lowering.unused, out, lse: lse ?? lowering.unusedWrite() },
    ...{ cell, constants },
    uniforms: { ...uniforms, save: lse ? 1 : 0 },
    grid: [Math.ceil(call.queries / tile.rows) * uniforms.slices, call.heads, call.images],
    macs: 2 * productOf(call),
  });
}

interface BackwardPass extends Backward {
  /** [B, H, Q] */
  readonly delta: Tensor;
  /** Whether this pass computes the gradients of keys and values; the pass for queries comes first. */
  readonly keys: boolean;
}

function dispatchBackward(lowering: Lowering, { label, tensors, delta, call, keys }: BackwardPass, tile: AttentionTile): void {
  const { qkv, size, out, lse, dout, dqkv } = tensors;
  const { cell, constants, uniforms } = tileCall(call, passOf(call, 2), tile, size);
  lowering.dispatch(backward, {
    label,
    buffers: { qkv, size: size ?? lowering.unused, out, dout, lse, delta, dqkv },
    cell,
    constants: { ...constants, KEYS: keys ? 1 : 0 },
    uniforms,
    // The zero gradients of tokens that are no queries are written as well.
    grid: [Math.ceil(call.tokens / tile.rows) * uniforms.slices, call.heads, call.images],
    macs: (keys ? 4 : 3) * productOf(call),
  });
}

const passOf = ({ headWidth }: AttentionCall, products: 1 | 2): AttentionPass => ({ products, headWidth });

/** A trial does this fraction of a submission's work, which is enough to stand out from noise. */
const TRIALS_A_SUBMISSION = 5;

interface Choosing {
  readonly what: string;
  readonly call: AttentionCall;
  readonly products: 1 | 2;
}

/** The fastest candidate on this adapter, as far as measured. A trial is of few enough images to be short. */
function choose(
  lowering: Lowering,
  { what, call, products }: Choosing,
  lowerAlone: (on: Lowering, alone: AttentionCall, candidate: AttentionCandidate) => void,
): AttentionCandidate {
  const { gpu } = lowering;
  const candidates = orderedAttention(passOf(call, products), gpu.device.limits, pictureRoom(lowering, call) > 0);
  const chosen = lowering.choose(`${what} ${attentionClass(call)}`, () => {
    const most = gpu.throughput.macsPerSubmission / TRIALS_A_SUBMISSION;
    const images = Math.max(1, Math.min(call.images, Math.floor(most / productOf({ ...call, images: 1 }))));
    return candidates.map((candidate) => ({
      name: candidate.name,
      lower: (on) => lowerAlone(on, { ...call, images }, candidate),
    }));
  });
  const found = candidates.find(({ name }) => name === chosen) ?? candidates[0];
  if (!found) throw new Error(`${what}: no size of tile fits this adapter's workgroups`);
  return found;
}

/**
 * The class of shapes with a common choice: the same head width, tokens within a factor of two, heads of all pictures within a factor of
 * eight.
 */
function attentionClass({ images, tokens, queries, heads, headWidth }: AttentionCall): string {
  const within = (factor: number, n: number): number => factor ** Math.ceil(Math.log(n) / Math.log(factor));
  return `tokens<=${within(2, tokens)} queries<=${within(2, queries)} heads<=${within(8, images * heads)} of ${headWidth}`;
}

function tensorsAlone(lowering: Lowering, { images, tokens, queries, heads, headWidth }: AttentionCall) {
  const asked = images * queries * heads * headWidth;
  return {
    qkv: lowering.scratch('qkv', images * tokens * 3 * heads * headWidth),
    out: lowering.scratch('out', asked),
    lse: lowering.scratch('lse', images * heads * queries),
    dout: lowering.scratch('dout', asked),
    dqkv: lowering.scratch('dqkv', images * tokens * 3 * heads * headWidth),
  };
}
