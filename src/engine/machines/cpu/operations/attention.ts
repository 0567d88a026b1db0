import type { AttentionCall } from '../../../operations/attention.js';
import type { Operation } from '../../../plan/operation.js';
import type { Lowering } from '../lowering.js';

const numbersOf = ({ images, tokens, queries, heads, headWidth }: AttentionCall): number[] => [
  ...[images, tokens, queries, heads, headWidth],
  headWidth ** -0.5,
];

export function lowerAttention(lowering: Lowering, { tensors, call }: Operation<'attention'>): void {
  const { qkv, size, out, lse } = tensors;
  const scratch = lowering.scratch(lowering.kernels.attentionScratch(call.tokens, call.headWidth));
  const at = [qkv, size, out, lse].map((tensor) => lowering.at(tensor));
  lowering.call('attention', ...at, ...numbersOf(call), scratch);
}

export function lowerAttentionBackward(lowering: Lowering, { tensors, call }: Operation<'attentionBackward'>): void {
  const { qkv, size, out, lse, dout, dqkv } = tensors;
  const scratch = lowering.scratch(lowering.kernels.attentionBackwardScratch(call.tokens, call.headWidth));
  const at = [qkv, size, out, lse, dout, dqkv].map((tensor) => lowering.at(tensor));
  lowering.call('attentionBackward', ...at, ...numbersOf(call), scratch);
}
