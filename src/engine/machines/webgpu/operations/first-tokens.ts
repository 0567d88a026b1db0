import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const uniforms = { images: 'u32', tokens: 'u32', kept: 'u32', channels: 'u32' } as const;

const forward = defineKernel({
  shader: 'first-tokens/forward',
  includes: ['common/grid'],
  buffers: { x: 'read', y: 'write' },
  uniforms,
});

const backward = defineKernel({
  shader: 'first-tokens/backward',
  includes: ['common/grid'],
  buffers: { dy: 'read', passing: 'read', dx: 'write' },
  uniforms,
});

export function lowerFirstTokens(lowering: Lowering, { label, tensors: buffers, call }: Operation<'firstTokens'>): void {
  const { images, tokens, kept, channels } = call;
  const grid = flatGrid(images * kept * channels, 64);
  lowering.dispatch(forward, { label, buffers, uniforms: { images, tokens, kept, channels }, grid });
}

export function lowerFirstTokensBackward(lowering: Lowering, operation: Operation<'firstTokensBackward'>): void {
  const { label, tensors, call } = operation;
  const { dy, passing, dx } = tensors;
  const { images, tokens, kept, channels } = call;
  lowering.dispatch(backward, {
    label,
    buffers: { dy, passing: passing ?? lowering.unused, dx },
    uniforms: { images, tokens, kept, channels },
    constants: { PASSING: passing ? 1 : 0 },
    grid: flatGrid(images * tokens * channels, 64),
  });
}
