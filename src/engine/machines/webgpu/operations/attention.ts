import type { AttentionCall } from '../../../operations/attention.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { orderedAttention, slicesOf, tileConstants, type AttentionPass, type AttentionTile } from '../candidates/attention.js';

const prefix = { wide: ['common/cell'], includes: ['attention/tiles'] };
const shape = {
  tokens: 'u32',
  queries: 'u32',
  heads: 'u32',
  headWidth: 'u32',
  scale: 'f32',
  proportional: 'u32',
  slices: 'u32',
  most: 'u32',
} as const;

const forward = defineKernel({
  shader: 'attention/forward',
  ...prefix,
  buffers: { qkv: 'read', size: 'read', out: 'write', lse: 'write' },
  uniforms: { ...shape, save: 'u32' },
});

const backward = defineKernel({
  shader: 'attention/backward',
  ...prefix,
  buffers: {
    ...{ qkv: 'read', size: 'read', out: 'read', dout: 'read', lse: 'read' },
    ...{ delta: 'update', dqkv: 'update' },
  },
  uniforms: shape,
});

type Forward = Pick<Operation<'attention'>, 'label' | 'tensors' | 'call'>;
type Backward = Pick<Operation<'attentionBackward'>, 'label' | 'tensors' | 'call'> & {
  /** [B, H, Q] */
  readonly delta: Tensor;
  /** Whether this pass computes the gradients of keys and values; the pass for queries comes first. */
  readonly keys: boolean;
};

/** Softmax attention without an N x N matrix; see `shaders/attention/forward.wgsl`. */
export function lowerAttention(lowering: Lowering, { label, tensors, call }: Operation<'attention'>): void {
  const pass = passOf(call, 1);
  const tile = chooseTile(lowering, 'attention', call, pass, (on, alone, size) => {
    const { qkv, out, lse } = tensorsAlone(on, alone);
    dispatchForward(on, { label, tensors: { qkv, out, lse }, call: alone }, size);
  });
  dispatchForward(lowering, { label, tensors, call }, tile);
}

/** dqkv from dout in two passes, for queries and then for keys and values; see `shaders/attention/backward.wgsl`. */
export function lowerAttentionBackward(lowering: Lowering, { label, tensors, call }: Operation<'attentionBackward'>): void {
  const delta = lowering.scratch(`${label} delta`, call.images * call.heads * call.queries);
  for (const keys of [false, true]) {
    const what = keys ? 'keys, values' : 'queries';
    const tile = chooseTile(lowering, `d attention, ${what},`, call, passOf(call, 2), (on, alone, size) =>
      dispatchBackward(on, { label, tensors: tensorsAlone(on, alone), ...deltaAlone(on, alone), call: alone, keys }, size),
    );
    dispatchBackward(lowering, { label: `${label} ${what}`, tensors, delta, call, keys }, tile);
  }
}

function dispatchForward(lowering: Lowering, { label, tensors, call }: Forward, tile: AttentionTile): void {
  const { qkv, size, out, lse } = tensors;
  const pass = passOf(call, 1);
  lowering.dispatch(forward, {
    label,
    buffers: { qkv, size: size ?? lowering.unused, out, lse: lse ?? lowering.unusedWrite() },
    ...commonOf(call, call.queries, pass, tile),
    uniforms: { ...uniformsOf(call, pass, tile, size), save: lse ? 1 : 0 },
    macs: 2 * productOf(call),
  });
}

function dispatchBackward(lowering: Lowering, { label, tensors, delta, call, keys }: Backward, tile: AttentionTile): void {
  const { qkv, size, out, lse, dout, dqkv } = tensors;
  const pass = passOf(call, 2);
  // The zero gradients of tokens that are no queries are written as well.
  const common = commonOf(call, call.tokens, pass, tile);
  lowering.dispatch(backward, {
    label,
    buffers: { qkv, size: size ?? lowering.unused, out, dout, lse, delta, dqkv },
    ...common,
    constants: { ...common.constants, KEYS: keys ? 1 : 0 },
    uniforms: uniformsOf(call, pass, tile, size),
    macs: (keys ? 4 : 3) * productOf(call),
  });
}

/** Multiply-accumulates of one Q x N x D product over all heads and images. */
function productOf({ images, heads, tokens, queries, headWidth }: AttentionCall): number {
  return images * heads * queries * tokens * headWidth;
}

const passOf = ({ headWidth }: AttentionCall, products: 1 | 2): AttentionPass => ({ products, headWidth });

function commonOf({ images, heads, headWidth }: AttentionCall, rows: number, pass: AttentionPass, tile: AttentionTile) {
  return {
    cell: headWidth % 4 === 0 ? 4 : 1,
    constants: tileConstants(tile, pass),
    grid: [Math.ceil(rows / tile.rows) * slicesOf(tile, pass), heads, images],
  } as const;
}

function uniformsOf(
  { tokens, queries, heads, headWidth }: AttentionCall,
  pass: AttentionPass,
  tile: AttentionTile,
  size?: Tensor,
) {
  const slices = slicesOf(tile, pass);
  return { tokens, queries, heads, headWidth, scale: headWidth ** -0.5, proportional: size ? 1 : 0, slices, most: NO_BOUND };
}

/** A bound that is larger than every loop's end; see `endless` in `shaders/attention/tiles.wgsl`. */
const NO_BOUND = 0xffff;

/** A trial does this fraction of a submission's work, which is enough to stand out from noise. */
const TRIALS_A_SUBMISSION = 5;

/** The fastest size on this adapter, as far as measured. A trial is a single pass, with few enough images to be short. */
function chooseTile(
  lowering: Lowering,
  what: string,
  call: AttentionCall,
  pass: AttentionPass,
  lowerAlone: (on: Lowering, alone: AttentionCall, tile: AttentionTile) => void,
): AttentionTile {
  const { gpu } = lowering;
  const candidates = orderedAttention(pass, gpu.device.limits);
  const chosen = lowering.choose(`${what} ${attentionClass(call)}`, () => {
    const most = gpu.throughput.macsPerSubmission / TRIALS_A_SUBMISSION;
    const images = Math.max(1, Math.min(call.images, Math.floor(most / productOf({ ...call, images: 1 }))));
    return candidates.map(({ name, tile }) => ({ name, lower: (on) => lowerAlone(on, { ...call, images }, tile) }));
  });
  const found = candidates.find(({ name }) => name === chosen) ?? candidates[0];
  if (!found) throw new Error(`${what}: no size of tile fits this adapter's workgroups`);
  return found.tile;
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

const deltaAlone = (lowering: Lowering, { images, heads, queries }: AttentionCall) => ({
  delta: lowering.scratch('delta', images * heads * queries),
});
