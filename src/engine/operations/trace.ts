/** Operations that are recorded only for merge maps. */
import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type TrackTensors = {
  /** [B, N0]: the row of each original token before this merge; left out where each token is in its own row. */
  readonly source?: Tensor;
  /** [B, N] */
  readonly rowOf: Tensor;
  /** [B, N0]: the row of each original token after this merge. */
  readonly out: Tensor;
};

export interface TrackCall {
  /** B */
  readonly images: number;
  /** N0 */
  readonly initialTokens: number;
  /** N before this merge. */
  readonly tokens: number;
}

type ModulationStrengthTensors = {
  /** [B, N, C], before the merge. */
  readonly x: Tensor;
  readonly pairs: Tensor;
  readonly gChannels: Tensor;
  readonly gPairs: Tensor;
  /** [B, r] */
  readonly strength: Tensor;
};

export interface ModulationStrengthCall {
  /** B */
  readonly images: number;
  /** N */
  readonly tokens: number;
  /** C */
  readonly channels: number;
  readonly r: number;
}

type PairTokensTensors = {
  /** [B, N, C], before the merge. */
  readonly x: Tensor;
  /** [B, N, 3, H, D] */
  readonly qkv: Tensor;
  readonly pairs: Tensor;
  /** [B, N] */
  readonly rowOf: Tensor;
  /** [B, N - r, C], after it. */
  readonly after: Tensor;
  /** [B, r, 3 C + 2 D] */
  readonly out: Tensor;
};

export interface PairTokensCall extends ModulationStrengthCall {
  /** H */
  readonly heads: number;
  /** D */
  readonly headWidth: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    track: { tensors: TrackTensors; call: TrackCall };
    modulationStrength: { tensors: ModulationStrengthTensors; call: ModulationStrengthCall };
    pairTokens: { tensors: PairTokensTensors; call: PairTokensCall };
  }
}

const trackDefinition = defineOperation({
  kind: 'track',
  access: { source: 'read', rowOf: 'read', out: 'write' },
});

const modulationStrengthDefinition = defineOperation({
  kind: 'modulationStrength',
  access: { x: 'read', pairs: 'read', gChannels: 'read', gPairs: 'read', strength: 'write' },
});

const pairTokensDefinition = defineOperation({
  kind: 'pairTokens',
  access: { x: 'read', qkv: 'read', pairs: 'read', rowOf: 'read', after: 'read', out: 'write' },
});

export interface Track extends TrackCall {
  readonly label: string;
  readonly source?: Tensor | undefined;
  readonly rowOf: Tensor;
}

/** Follows the original tokens through a merge: out[t] = rowOf[source[t]]. */
export function track(recorder: Recorder, { label, source, rowOf, images, initialTokens, tokens }: Track): Tensor {
  const out = recorder.tensor(label, images * initialTokens, 'u32');
  recorder.record({
    definition: trackDefinition,
    label,
    tensors: { ...(source ? { source } : {}), rowOf, out },
    call: { images, initialTokens, tokens },
  });
  return out;
}

/** How strongly PYRA changes each token that merges away, relative to the token's norm: |g_r| ||x g_D|| / ||x||. */
export function modulationStrength(
  recorder: Recorder,
  given: ModulationStrengthCall & Omit<ModulationStrengthTensors, 'strength'> & { readonly label: string },
): Tensor {
  const { label, x, pairs, gChannels, gPairs, images, tokens, channels, r } = given;
  const strength = recorder.tensor(label, images * r);
  recorder.record({
    definition: modulationStrengthDefinition,
    label,
    tensors: { x, pairs, gChannels, gPairs, strength },
    call: { images, tokens, channels, r },
  });
  return strength;
}

/**
 * Collects the tokens of each pair, for display only: src and dst before the merge and the token of their row after it (C each), and the
 * keys by which they were compared, averaged over the heads (D each).
 */
export function pairTokens(
  recorder: Recorder,
  given: PairTokensCall & Omit<PairTokensTensors, 'out'> & { readonly label: string },
): Tensor {
  const { label, x, qkv, pairs, rowOf, after, ...call } = given;
  const out = recorder.tensor(label, call.images * call.r * (3 * call.channels + 2 * call.headWidth));
  recorder.record({ definition: pairTokensDefinition, label, tensors: { x, qkv, pairs, rowOf, after, out }, call });
  return out;
}
