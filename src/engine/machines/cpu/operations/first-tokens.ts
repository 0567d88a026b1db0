import type { Operation } from '../../../plan/operation.js';
import type { Lowering } from '../lowering.js';

export function lowerFirstTokens(lowering: Lowering, { tensors: { x, y }, call }: Operation<'firstTokens'>): void {
  const { images, tokens, kept, channels } = call;
  lowering.call('firstTokens', lowering.at(x), lowering.at(y), images, tokens, kept, channels);
}

export function lowerFirstTokensBackward(lowering: Lowering, operation: Operation<'firstTokensBackward'>): void {
  const { dy, passing, dx } = operation.tensors;
  const { images, tokens, kept, channels } = operation.call;
  const at = [dy, passing, dx].map((tensor) => lowering.at(tensor));
  lowering.call('firstTokensBackward', ...at, images, tokens, kept, channels);
}
