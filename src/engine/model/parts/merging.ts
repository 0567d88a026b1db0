import { protectedTokens } from '../../../vit/architecture.js';
import { reducerOf } from '../../../vit/methods/index.js';
import type { Pairing, Reducer } from '../../../vit/methods/unit.js';
import type { Tensor } from '../../plan/tensor.js';
import { drawPairs } from '../../operations/draw-pairs.js';
import { match, type Matching, type MatchShape } from '../../operations/match.js';
import { merge, type ModulationWeights } from '../../operations/merge.js';
import { modulationStrength, pairTokens, track } from '../../operations/trace.js';
import { nameIn, tokensAtStart, trainedIn, type BlockContext, type NetworkState, type Stream } from '../state.js';

/** How a block reduces its tokens; undefined where it merges none. */
function reductionOf(
  { options }: NetworkState,
  block: number,
): (Reducer & { readonly r: number; readonly trainedPairs: number }) | undefined {
  const reducer = reducerOf(options.method);
  const r = options.schedule[block] ?? 0;
  return reducer && r > 0 ? { ...reducer, r, trainedPairs: options.trainedPairs?.[block] ?? r } : undefined;
}

/** The names of the outputs that describe a traced block's merge; undefined where it merges none. */
export function mergeOutputs(state: NetworkState, block: number) {
  const reducer = reductionOf(state, block);
  if (!reducer) return undefined;
  const { modulation } = reducer;
  const name = (what: string): string => `blocks.${block}.merge.${what}`;
  return {
    /** [B, r, 2]: indices among the even tokens and among the odd ones. */
    pairs: name('pairs'),
    /** [B, r] */
    score: name('score'),
    /** [B, N - r] */
    size: name('size'),
    /** [B, N0] */
    source: name('source'),
    /** [B, r, 3 C + 2 D]: as {@link pairTokens} has them. */
    met: name('met'),
    /** [B, r], [B, C] and [B, r], for the halves that are on. */
    gPairs: modulation?.pairs ? name('gPairs') : undefined,
    gChannels: modulation?.channels ? name('gChannels') : undefined,
    strength: modulation ? name('strength') : undefined,
  };
}

/** How the pairs of a block are chosen. qkv [B, N, 3, H, D]. */
const PAIRINGS: Readonly<Record<Pairing, (context: BlockContext, qkv: Tensor, shape: MatchShape) => Matching>> = {
  similarity: (context, qkv, shape) => {
    const { embedDim, heads } = context.state.architecture;
    return match(context.recorder, { label: nameIn(context, 'match'), qkv, ...shape, heads, headWidth: embedDim / heads });
  },
  random: (context, _qkv, shape) => {
    const { recorder, state, block } = context;
    return drawPairs(recorder, { label: nameIn(context, 'pairs'), ...shape, seed: state.options.seed, block });
  },
};

/** The matching, PYRA's modulation where the method has it, the merge, and in a trace the row of every original token. */
export function merging(context: BlockContext, stream: Stream, qkv: Tensor): Stream {
  const { recorder, state, call, block } = context;
  const reducer = reductionOf(state, block);
  if (!reducer) return stream;
  const { x, tokens, size } = stream;
  const { embedDim: channels } = state.architecture;
  const { pairing, r, weight, modulation, trainedPairs } = reducer;
  const { images } = call;
  const inFront = protectedTokens(state.architecture);
  const matching = PAIRINGS[pairing](context, qkv, { images, tokens, r, protectedTokens: inFront });
  const merged = merge(recorder, {
    label: nameIn(context, 'merge'),
    ...{ x, size },
    ...matching,
    weights: modulation ? modulationWeights(context) : undefined,
    ...{ images, tokens, channels, r, protectedTokens: inFront, weight, modulation, trainedPairs },
  });
  // Where the merged token is dropped, every remaining token still stands for one patch.
  const next: Stream = { x: merged.out, tokens: tokens - r, size: weight === 'zero' ? undefined : merged.outSize };
  const names = call.trace ? mergeOutputs(state, block) : undefined;
  if (!names) return next;
  recorder.output(names.pairs, matching.pairs);
  recorder.output(names.score, matching.score);
  recorder.output(names.size, merged.outSize);
  const { heads } = state.architecture;
  const met = pairTokens(recorder, {
    label: nameIn(context, 'pair tokens'),
    ...{ x, qkv, pairs: matching.pairs, rowOf: matching.rowOf, after: merged.out },
    ...{ images, tokens, channels, r, heads, headWidth: channels / heads },
  });
  recorder.output(names.met, met);
  if (merged.modulated) {
    const { gChannels, gPairs } = merged.modulated;
    if (names.gPairs) recorder.output(names.gPairs, gPairs);
    if (names.gChannels) recorder.output(names.gChannels, gChannels);
    const strength = modulationStrength(recorder, {
      label: nameIn(context, 'modulation strength'),
      ...{ x, pairs: matching.pairs, gChannels, gPairs, images, tokens, channels, r },
    });
    if (names.strength) recorder.output(names.strength, strength);
  }
  const source = track(recorder, {
    label: nameIn(context, 'track'),
    source: stream.source,
    rowOf: matching.rowOf,
    ...{ images, initialTokens: tokensAtStart(state), tokens },
  });
  return { ...next, source: recorder.output(names.source, source) };
}

/** PYRA's four weights of a block, under the names that the operation uses. */
function modulationWeights(context: BlockContext): ModulationWeights {
  return {
    a: trainedIn(context, 'pyra_a'),
    b: trainedIn(context, 'pyra_b'),
    gamma: trainedIn(context, 'pyra_norm.weight'),
    beta: trainedIn(context, 'pyra_norm.bias'),
  };
}
