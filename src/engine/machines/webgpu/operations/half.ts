import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const contract = { includes: ['common/grid'], uniforms: { length: 'u32' } } as const;

const pack = defineKernel({ shader: 'half/pack', ...contract, buffers: { x: 'read', packed: 'write' } });
const unpack = defineKernel({ shader: 'half/unpack', ...contract, buffers: { packed: 'read', y: 'write' } });

const gridOf = (length: number) => flatGrid(Math.ceil(length / 2), 64);

export function lowerPackHalf(lowering: Lowering, { label, tensors: buffers, call: { length } }: Operation<'packHalf'>): void {
  lowering.dispatch(pack, { label, buffers, uniforms: { length }, grid: gridOf(length) });
}

export function lowerUnpackHalf(
  lowering: Lowering,
  { label, tensors: buffers, call: { length } }: Operation<'unpackHalf'>,
): void {
  lowering.dispatch(unpack, { label, buffers, uniforms: { length }, grid: gridOf(length) });
}
