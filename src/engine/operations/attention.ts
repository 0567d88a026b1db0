import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';

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

export interface AttentionShape {
  readonly label: string;
  readonly images: number;
  readonly tokens: number;
  readonly heads: number;
  /** Width of one head. */
  readonly headDim: number;
}

export interface Attention extends AttentionShape {
  /** [B, N, 3, H, D] */
  readonly qkv: Tensor;
  /** [B, N]: patches in each token; adds its logarithm to the logits (ToMe's proportional attention). */
  readonly size?: Tensor;
  /** [B, N, H, D] */
  readonly o: Tensor;
  /** [B, H, N], for the backward. */
  readonly lse?: Tensor;
}

/** Softmax attention without an N x N matrix; see `shaders/attention/forward.wgsl`. */
export function recordAttention(plan: PlanRecorder, call: Attention): void {
  const { kernels, common } = family(plan, call, call.size !== undefined);
  plan.dispatch(kernels.forward, {
    label: call.label,
    buffers: { qkv: call.qkv, size: call.size ?? plan.unused, o: call.o, lse: call.lse ?? plan.unusedWrite() },
    ...common,
    constants: { SAVE: call.lse ? 1 : 0 },
    macs: 2 * productsOf(call),
  });
}

export interface AttentionBackward extends AttentionShape {
  readonly qkv: Tensor;
  readonly size?: Tensor;
  readonly o: Tensor;
  readonly lse: Tensor;
  /** [B, N, H, D] */
  readonly dOut: Tensor;
  /** [B, N, 3, H, D] */
  readonly dqkv: Tensor;
}

/** dqkv from dOut in two passes, queries and then keys with values; see `shaders/attention/backward-*.wgsl`. */
export function recordAttentionBackward(plan: PlanRecorder, call: AttentionBackward): void {
  const { qkv, o, dOut, lse, dqkv } = call;
  const { kernels, common } = family(plan, call, call.size !== undefined);
  const delta = plan.tensor(`${call.label} delta`, call.images * call.heads * call.tokens);
  const size = call.size ?? plan.unused;
  plan.dispatch(kernels.query, {
    label: `${call.label} dq`,
    buffers: { qkv, size, o, dOut, lse, delta, dqkv },
    ...common,
    macs: 3 * productsOf(call),
  });
  plan.dispatch(kernels.keyValue, {
    label: `${call.label} dkv`,
    buffers: { qkv, size, dOut, lse, delta, dqkv },
    ...common,
    macs: 4 * productsOf(call),
  });
}

/** Multiply-accumulates of one N x N x D product over all heads and images. */
function productsOf({ images, heads, tokens, headDim }: AttentionShape): number {
  return images * heads * tokens * tokens * headDim;
}

function family(plan: PlanRecorder, call: AttentionShape, proportional: boolean) {
  const { images, tokens, heads, headDim } = call;
  const { hardware } = plan.gpu.adapter;
  const cell = headDim % 4 === 0 ? 4 : 1;
  const headCells = headDim / cell;
  const common = {
    // Not an override: it would double the pipelines, and every key asks only once.
    uniforms: { images, tokens, heads, scale: headDim ** -0.5, proportional: proportional ? 1 : 0, headCells },
    includes: [`common/cell${cell}`],
    header: `const HEAD_CELLS = ${headCells}u;`,
    grid: flatGrid(images * heads * (hardware ? tokens : Math.ceil(tokens / 4)), 64),
  };
  return { kernels: hardware ? single : four, common };
}
