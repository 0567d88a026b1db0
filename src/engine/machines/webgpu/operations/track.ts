import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const track = defineKernel({
  shader: 'merge/track',
  includes: ['common/grid'],
  buffers: { source: 'read', rowOf: 'read', out: 'write' },
  uniforms: { count: 'u32', initial: 'u32', tokens: 'u32' },
});

export function lowerTrack(lowering: Lowering, { label, tensors, call }: Operation<'track'>): void {
  const { source, rowOf, out } = tensors;
  const { images, initialTokens: initial, tokens } = call;
  const count = images * initial;
  lowering.dispatch(track, {
    label,
    buffers: { source: source ?? lowering.unused, rowOf, out },
    uniforms: { count, initial, tokens },
    constants: { SOURCE: source ? 1 : 0 },
    grid: flatGrid(count, 64),
  });
}
