import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const track = defineKernel({
  shader: 'merge/track',
  includes: ['common/grid'],
  buffers: { source: 'read', rowOf: 'read', out: 'write' },
  uniforms: { count: 'u32', initialTokens: 'u32', tokens: 'u32' },
});

const pairTokens = defineKernel({
  shader: 'merge/pair-tokens',
  includes: ['common/grid'],
  buffers: { x: 'read', qkv: 'read', pairs: 'read', rowOf: 'read', after: 'read', out: 'write' },
  uniforms: { count: 'u32', tokens: 'u32', channels: 'u32', r: 'u32', heads: 'u32', headWidth: 'u32' },
});

export function lowerTrack(lowering: Lowering, { label, tensors, call }: Operation<'track'>): void {
  const { source, rowOf, out } = tensors;
  const { images, initialTokens, tokens } = call;
  const count = images * initialTokens;
  lowering.dispatch(track, {
    label,
    buffers: { source: source ?? lowering.unused, rowOf, out },
    uniforms: { count, initialTokens, tokens },
    constants: { SOURCE: source ? 1 : 0 },
    grid: flatGrid(count, 64),
  });
}

export function lowerPairTokens(lowering: Lowering, { label, tensors: buffers, call }: Operation<'pairTokens'>): void {
  const { images, tokens, channels, r, heads, headWidth } = call;
  const count = images * r * (3 * channels + 2 * headWidth);
  lowering.dispatch(pairTokens, {
    label,
    buffers,
    uniforms: { count, tokens, channels, r, heads, headWidth },
    grid: flatGrid(count, 64),
  });
}
