import type { Operation } from '../../../plan/operation.js';
import type { Lowering } from '../lowering.js';

export function lowerPackHalf(lowering: Lowering, { tensors: { x, packed }, call: { length } }: Operation<'packHalf'>): void {
  lowering.call('packHalf', lowering.at(x), lowering.at(packed), length);
}

export function lowerUnpackHalf(lowering: Lowering, { tensors: { packed, y }, call: { length } }: Operation<'unpackHalf'>): void {
  lowering.call('unpackHalf', lowering.at(packed), lowering.at(y), length);
}
