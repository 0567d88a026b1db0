import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder, Tensor } from '../gpu/plan.js';

const uniforms = { images: 'u32', tokens: 'u32', heads: 'u32', scale: 'f32', headCells: 'u32' } as const;

const forward = defineKernel({
  shader: 'attention/forward',
  includes: ['common/grid'],
  buffers: { qkv: 'read', size: 'read', o: 'write', lse: 'write' },
  uniforms,
});

const backwardQuery = defineKernel({
  shader: 'attention/backward-query',
  includes: ['common/grid'],
  buffers: { qkv: 'read', size: 'read', o: 'read', dOut: 'read', lse: 'read', delta: 'write', dqkv: 'write' },
  uniforms,
});

const backwardKeyValue = defineKernel({
  shader: 'attention/backward-key-value',
  includes: ['common/grid'],
  buffers: { qkv: 'read', size: 'read', dOut: 'read', lse: 'read', delta: 'read', dqkv: 'write' },
  uniforms,
});

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
  const common = shared(plan, call, call.size !== undefined);
  plan.dispatch(forward, {
    label: call.label,
    buffers: { qkv: call.qkv, size: call.size ?? plan.unused, o: call.o, lse: call.lse ?? plan.unusedWrite() },
    ...common,
    constants: { ...common.constants, SAVE: call.lse ? 1 : 0 },
    macs: 2 * call.images * call.heads * call.tokens * call.tokens * call.headDim,
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
  const delta = plan.tensor(`${call.label} delta`, call.images * call.heads * call.tokens);
  const size = call.size ?? plan.unused;
  const common = shared(plan, call, call.size !== undefined);
  const pairs = call.images * call.heads * call.tokens * call.tokens * call.headDim;
  plan.dispatch(backwardQuery, {
    label: `${call.label} dq`,
    buffers: { qkv: call.qkv, size, o: call.o, dOut: call.dOut, lse: call.lse, delta, dqkv: call.dqkv },
    ...common,
    macs: 3 * pairs,
  });
  plan.dispatch(backwardKeyValue, {
    label: `${call.label} dkv`,
    buffers: { qkv: call.qkv, size, dOut: call.dOut, lse: call.lse, delta, dqkv: call.dqkv },
    ...common,
    macs: 4 * pairs,
  });
}

function shared(plan: PlanRecorder, call: AttentionShape, proportional: boolean) {
  const cell = call.headDim % 4 === 0 ? 4 : 1;
  return {
    uniforms: {
      images: call.images,
      tokens: call.tokens,
      heads: call.heads,
      scale: call.headDim ** -0.5,
      headCells: call.headDim / cell,
    },
    constants: { PROPORTIONAL: proportional ? 1 : 0, UNROLL: plan.gpu.adapter.hardware ? 1 : 0 },
    includes: [`common/cell${cell}`],
    header: `const HEAD_CELLS = ${call.headDim / cell}u;`,
    grid: flatGrid(call.images * call.heads * call.tokens, 64),
  };
}
