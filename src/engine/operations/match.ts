import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

/** The result of a matching. Indices are unsigned integers. */
export type Matching = {
  /** [B, r, 2]: (index among the even tokens, index among the odd tokens), most similar pair first. */
  readonly pairs: Tensor;
  /** [B, N]: the row of the merge's output to which each token goes. */
  readonly rowOf: Tensor;
  /** [B, N - r]: the token that each row of the merge's output keeps. */
  readonly originOf: Tensor;
  /** [B, r]: the cosine similarity of each pair. */
  readonly score: Tensor;
};

type MatchTensors = Pick<Matching, 'pairs'> & {
  /** [B, N, 3, H, D] */
  readonly qkv: Tensor;
  readonly rowOf?: Tensor;
  readonly originOf?: Tensor;
  readonly score?: Tensor;
};

/** What every pairing needs to know. */
export interface MatchShape {
  /** B */
  readonly images: number;
  /** N */
  readonly tokens: number;
  /** Pairs that merge. */
  readonly r: number;
  /** T: tokens in front, at least the class token, that keep their place and that nothing merges into. */
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
  decides: true,
  macs: ({ images, tokens, headWidth }) => images * Math.ceil(tokens / 2) * Math.floor(tokens / 2) * headWidth,
});

/** The index, among the odd tokens, of the first that is not protected and may be merged into. */
export const firstPartner = ({ protectedTokens }: Pick<MatchShape, 'protectedTokens'>): number => Math.floor(protectedTokens / 2);

/** Makes the tensors of a pairing's result. Throws where r is below 1 or above half of the tokens that are not protected. */
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
 * ToMe's bipartite soft matching of the keys, averaged over heads (arXiv 2210.09461, section 3): each even token is paired with its most
 * similar odd one, and the r most similar pairs merge. Of equal scores the lower index is taken; protected tokens stay. Throws where r is
 * below 1 or above half of the tokens that are not protected.
 */
export function match(recorder: Recorder, given: MatchCall & { readonly label: string; readonly qkv: Tensor }): Matching {
  const { label, qkv, ...call } = given;
  const matching = matchingOf(recorder, label, call);
  recorder.record({ definition: matchDefinition, label, tensors: { qkv, ...matching }, call });
  return matching;
}
