import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

/** What a matching decided. Indices are unsigned integers. */
export type Matching = {
  /** [B, r, 2]: (index among the even tokens, index among the odd tokens), most similar pair first. */
  readonly pairs: Tensor;
  /** [B, N]: the row of the merge's output that each token goes to. */
  readonly rowOf: Tensor;
  /** [B, N - r]: the token that keeps each row. */
  readonly originOf: Tensor;
  /** [B, r]: cosine similarity of each pair. */
  readonly score: Tensor;
};

type MatchTensors = Pick<Matching, 'pairs'> & {
  /** [B, N, 3, H, D] */
  readonly qkv: Tensor;
  readonly rowOf?: Tensor;
  readonly originOf?: Tensor;
  readonly score?: Tensor;
};

/** Whatever pairs tokens is told this. */
export interface MatchShape {
  /** B */
  readonly images: number;
  /** N */
  readonly tokens: number;
  /** Pairs that merge. */
  readonly r: number;
  /** T: tokens in front that stay where they are and that nothing merges into, at least the class token. */
  readonly protectedTokens: number;
}

export interface MatchCall extends MatchShape {
  /** H */
  readonly heads: number;
  /** D */
  readonly headWidth: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    match: { tensors: MatchTensors; call: MatchCall };
  }
}

/** Nothing differentiates through the matching. */
const matchDefinition = defineOperation({
  kind: 'match',
  access: { qkv: 'read', pairs: 'write', rowOf: 'write', originOf: 'write', score: 'write' },
  spare: ['rowOf', 'originOf', 'score'],
  macs: ({ images, tokens, headWidth }) => images * Math.ceil(tokens / 2) * Math.floor(tokens / 2) * headWidth,
});

/** The first odd token that is not protected, of whose like tokens merge into: index among the odd ones. */
export const firstPartner = ({ protectedTokens }: Pick<MatchShape, 'protectedTokens'>): number => Math.floor(protectedTokens / 2);

/** Tensors for what a pairing decides. Throws where r is below 1 or above half of the tokens that are not protected. */
export function matchingOf(recorder: Recorder, label: string, { images, tokens, r, protectedTokens }: MatchShape): Matching {
  const most = Math.floor((tokens - protectedTokens) / 2);
  if (r < 1 || r > most) {
    throw new RangeError(`${label}: r is ${r}, but of ${tokens} tokens at least 1 and at most ${most} merge`);
  }
  return {
    pairs: recorder.tensor(`${label} pairs`, images * r * 2, 'u32'),
    rowOf: recorder.tensor(`${label} row of`, images * tokens, 'u32'),
    originOf: recorder.tensor(`${label} origin of`, images * (tokens - r), 'u32'),
    score: recorder.tensor(`${label} score`, images * r),
  };
}

/**
 * ToMe's bipartite soft matching by the keys averaged over heads (arXiv 2210.09461, section 3): every even token keeps its most
 * similar odd one, and the r most similar pairs merge. Equal scores go to the lower index; protected tokens stay.
 * Throws where r is below 1 or above half of the tokens that are not protected.
 */
export function match(recorder: Recorder, given: MatchCall & { readonly label: string; readonly qkv: Tensor }): Matching {
  const { label, qkv, ...call } = given;
  const matching = matchingOf(recorder, label, call);
  recorder.record({ definition: matchDefinition, label, tensors: { qkv, ...matching }, call });
  return matching;
}
