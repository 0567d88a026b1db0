import type { AttentionCall } from '../../../operations/attention.js';
import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const shape = { images: 'u32', tokens: 'u32', heads: 'u32', scale: 'f32', proportional: 'u32' } as const;
const includes = ['common/grid'];
const forwardBuffers = { qkv: 'read', size: 'read', o: 'write', lse: 'write' } as const;
const queryBuffers = { qkv: 'read', size: 'read', o: 'read', dOut: 'read', lse: 'read', delta: 'write', dqkv: 'write' } as const;
const keyValueBuffers = { qkv: 'read', size: 'read', dOut: 'read', lse: 'read', delta: 'read', dqkv: 'write' } as const;

/** One row an invocation, its accumulators in registers: for hardware. */
const single = {
  forward: defineKernel({ shader: 'attention/forward', includes, buffers: forwardBuffers, uniforms: shape }),
  query: defineKernel({ shader: 'attention/backward-query', includes, buffers: queryBuffers, uniforms: shape }),
  keyValue: defineKernel({ shader: 'attention/backward-key-value', includes, buffers: keyValueBuffers, uniforms: shape }),
};

/** Four rows an invocation, so that every value read serves four products: for software adapters. */
const fourShape = { ...shape, headCells: 'u32' } as const;
const four = {
  forward: defineKernel({ shader: 'attention/forward-four', includes, buffers: forwardBuffers, uniforms: fourShape }),
  query: defineKernel({ shader: 'attention/backward-query-four', includes, buffers: queryBuffers, uniforms: fourShape }),
  keyValue: defineKernel({
    shader: 'attention/backward-key-value-four',
    includes,
    buffers: keyValueBuffers,
    uniforms: fourShape,
  }),
};

/** Softmax attention without an N x N matrix; see `shaders/attention/forward.wgsl`. */
export function lowerAttention(lowering: Lowering, { label, tensors, call }: Operation<'attention'>): void {
  const { qkv, size, out, lse } = tensors;
  const { kernels, common } = family(lowering, call, size !== undefined);
  lowering.dispatch(kernels.forward, {
    label,
    buffers: { qkv, size: size ?? lowering.unused, o: out, lse: lse ?? lowering.unusedWrite() },
    ...common,
    constants: { SAVE: lse ? 1 : 0 },
    macs: 2 * productsOf(call),
  });
}

/** dqkv from dout in two passes, queries and then keys with values; see `shaders/attention/backward-*.wgsl`. */
export function lowerAttentionBackward(lowering: Lowering, { label, tensors, call }: Operation<'attentionBackward'>): void {
  const { qkv, out: o, lse, dout: dOut, dqkv } = tensors;
  const { kernels, common } = family(lowering, call, tensors.size !== undefined);
  const delta = lowering.scratch(`${label} delta`, call.images * call.heads * call.tokens);
  const size = tensors.size ?? lowering.unused;
  lowering.dispatch(kernels.query, {
    label: `${label} queries`,
    buffers: { qkv, size, o, dOut, lse, delta, dqkv },
    ...common,
    macs: 3 * productsOf(call),
  });
  lowering.dispatch(kernels.keyValue, {
    label: `${label} keys, values`,
    buffers: { qkv, size, dOut, lse, delta, dqkv },
    ...common,
    macs: 4 * productsOf(call),
  });
}

/** Multiply-accumulates of one N x N x D product over all heads and images. */
function productsOf({ images, heads, tokens, headWidth }: AttentionCall): number {
  return images * heads * tokens * tokens * headWidth;
}

function family(lowering: Lowering, call: AttentionCall, proportional: boolean) {
  const { images, tokens, heads, headWidth } = call;
  const hardware = lowering.gpu.adapter.kind === 'gpu';
  const cell = headWidth % 4 === 0 ? 4 : 1;
  const headCells = headWidth / cell;
  const common = {
    // Not an override: it would double the pipelines, and every key asks only once.
    uniforms: { images, tokens, heads, scale: headWidth ** -0.5, proportional: proportional ? 1 : 0, headCells },
    includes: [`common/cell${cell}`],
    header: `const HEAD_CELLS = ${headCells}u;`,
    grid: flatGrid(images * heads * (hardware ? tokens : Math.ceil(tokens / 4)), 64),
  };
  return { kernels: hardware ? single : four, common };
}
