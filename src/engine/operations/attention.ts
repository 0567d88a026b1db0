import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type AttentionTensors = {
  /** [B, N, 3, H, D] */
  readonly qkv: Tensor;
  /** [B, N]: the number of patches in each token, whose logarithm is added to the logits (ToMe's proportional attention). */
  readonly size?: Tensor;
  /** [B, Q, H, D] */
  readonly out: Tensor;
  /** [B, H, Q]: the logarithm of the sum of each query's exponentials, for the backward. */
  readonly lse?: Tensor;
};

type AttentionBackwardTensors = {
  readonly qkv: Tensor;
  readonly size?: Tensor;
  readonly out: Tensor;
  readonly lse: Tensor;
  /** [B, Q, H, D] */
  readonly dout: Tensor;
  /** [B, N, 3, H, D] */
  readonly dqkv: Tensor;
};

export interface AttentionCall {
  /** B */
  readonly images: number;
  /** N */
  readonly tokens: number;
  /** Q: the first Q tokens of each picture are queries; all N tokens are keys. */
  readonly queries: number;
  /** H */
  readonly heads: number;
  /** D */
  readonly headWidth: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    attention: { tensors: AttentionTensors; call: AttentionCall };
    attentionBackward: { tensors: AttentionBackwardTensors; call: AttentionCall };
  }
}

/** Multiply-accumulates of one Q x N x D product over all heads and images. */
const product = ({ images, heads, tokens, queries, headWidth }: AttentionCall): number =>
  images * heads * queries * tokens * headWidth;

/** With p the probabilities: dv = pᵀ dout, dp = dout vᵀ, ds = p (dp - dout.out), dq = scale ds k, dk = scale dsᵀ q. */
const attentionBackwardDefinition = defineOperation({
  kind: 'attentionBackward',
  access: { qkv: 'read', size: 'read', out: 'read', lse: 'read', dout: 'read', dqkv: 'write' },
  // The logits again, and the four products of the equation above.
  macs: (call) => 5 * product(call),
});

const attentionDefinition = defineOperation({
  kind: 'attention',
  access: { qkv: 'read', size: 'read', out: 'write', lse: 'write' },
  flows: ['qkv'],
  spare: ['lse'],
  roundable: ['out'],
  macs: (call) => 2 * product(call),
  backward(tape, { label, tensors: { qkv, size, out, lse }, call }) {
    const dout = tape.gradientOf(out);
    const dqkv = dout && tape.intoAlone(qkv);
    if (!dout || !dqkv || !lse) return;
    const tensors = { qkv, ...(size ? { size } : {}), out, lse, dout, dqkv };
    tape.record({ definition: attentionBackwardDefinition, label: `d ${label}`, tensors, call });
  },
});

export interface Attention extends Omit<AttentionCall, 'queries'> {
  /** All tokens by default. */
  readonly queries?: number;
  readonly label: string;
  readonly qkv: Tensor;
  readonly size?: Tensor | undefined;
}

/** out = softmax(q kᵀ / sqrt(D) + log size) v for each head. @returns out [B, Q, H, D]. */
export function attention(recorder: Recorder, given: Attention): Tensor {
  const { label, qkv, size, images, tokens, queries = tokens, heads, headWidth } = given;
  const out = recorder.tensor(label, images * queries * heads * headWidth);
  const lse = recorder.tensor(`${label} lse`, images * heads * queries);
  const tensors = { qkv, ...(size ? { size } : {}), out, lse };
  recorder.record({ definition: attentionDefinition, label, tensors, call: { images, tokens, queries, heads, headWidth } });
  return out;
}
