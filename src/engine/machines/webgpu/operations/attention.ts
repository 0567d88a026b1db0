import type { AttentionCall } from '../../../operations/attention.js';
import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { cellsOf } from './lanes.js';

const shape = { images: 'u32', tokens: 'u32', queries: 'u32', heads: 'u32', scale: 'f32', proportional: 'u32' } as const;
const prefix = { includes: ['common/grid'], wide: ['common/cell'], sizes: ['HEAD_CELLS'] };
const forwardBuffers = { qkv: 'read', size: 'read', out: 'write', lse: 'write' } as const;
const queryBuffers = {
  qkv: 'read',
  size: 'read',
  out: 'read',
  dout: 'read',
  lse: 'read',
  delta: 'write',
  dqkv: 'write',
} as const;
const keyValueBuffers = { qkv: 'read', size: 'read', dout: 'read', lse: 'read', delta: 'read', dqkv: 'write' } as const;

/** One row an invocation, its accumulators in registers: for hardware. */
const single = {
  forward: defineKernel({ shader: 'attention/forward', ...prefix, buffers: forwardBuffers, uniforms: shape }),
  query: defineKernel({ shader: 'attention/backward-query', ...prefix, buffers: queryBuffers, uniforms: shape }),
  keyValue: defineKernel({ shader: 'attention/backward-key-value', ...prefix, buffers: keyValueBuffers, uniforms: shape }),
};

/** Four rows an invocation, so that every value read serves four products: for software adapters. */
const fourShape = { ...shape, headCells: 'u32' } as const;
const fourPrefix = { ...prefix, includes: ['common/grid', 'common/key-bias'] };
const four = {
  forward: defineKernel({ shader: 'attention/forward-four', ...fourPrefix, buffers: forwardBuffers, uniforms: fourShape }),
  query: defineKernel({ shader: 'attention/backward-query-four', ...fourPrefix, buffers: queryBuffers, uniforms: fourShape }),
  keyValue: defineKernel({
    shader: 'attention/backward-key-value-four',
    ...fourPrefix,
    buffers: keyValueBuffers,
    uniforms: fourShape,
  }),
};

/** Softmax attention without an N x N matrix; see `shaders/attention/forward.wgsl`. */
export function lowerAttention(lowering: Lowering, { label, tensors, call }: Operation<'attention'>): void {
  const { qkv, size, out, lse } = tensors;
  const { kernels, common, gridOf } = family(lowering, call, size !== undefined);
  lowering.dispatch(kernels.forward, {
    label,
    buffers: { qkv, size: size ?? lowering.unused, out, lse: lse ?? lowering.unusedWrite() },
    ...common,
    constants: { SAVE: lse ? 1 : 0 },
    grid: gridOf(call.queries),
    macs: 2 * productsOf(call),
  });
}

/** dqkv from dout in two passes, queries and then keys with values; see `shaders/attention/backward-*.wgsl`. */
export function lowerAttentionBackward(lowering: Lowering, { label, tensors, call }: Operation<'attentionBackward'>): void {
  const { qkv, out, lse, dout, dqkv } = tensors;
  const { kernels, common, gridOf } = family(lowering, call, tensors.size !== undefined);
  const delta = lowering.scratch(`${label} delta`, call.images * call.heads * call.queries);
  const size = tensors.size ?? lowering.unused;
  lowering.dispatch(kernels.query, {
    label: `${label} queries`,
    buffers: { qkv, size, out, dout, lse, delta, dqkv },
    ...common,
    grid: gridOf(call.tokens),
    macs: 3 * productsOf(call),
  });
  lowering.dispatch(kernels.keyValue, {
    label: `${label} keys, values`,
    buffers: { qkv, size, dout, lse, delta, dqkv },
    ...common,
    grid: gridOf(call.tokens),
    macs: 4 * productsOf(call),
  });
}

/** Multiply-accumulates of one Q x N x D product over all heads and images. */
function productsOf({ images, heads, tokens, queries, headWidth }: AttentionCall): number {
  return images * heads * queries * tokens * headWidth;
}

function family(lowering: Lowering, call: AttentionCall, proportional: boolean) {
  const { images, tokens, queries, heads, headWidth } = call;
  const hardware = lowering.gpu.adapter.kind === 'gpu';
  const { cells: headCells, cell } = cellsOf(headWidth);
  const common = {
    // Not an override: it would double the pipelines, and every key asks only once.
    uniforms: { images, tokens, queries, heads, scale: headWidth ** -0.5, proportional: proportional ? 1 : 0, headCells },
    cell,
    sizes: { HEAD_CELLS: headCells },
  };
  const gridOf = (rows: number) => flatGrid(images * heads * (hardware ? rows : Math.ceil(rows / 4)), 64);
  return { kernels: hardware ? single : four, common, gridOf };
}
