import { firstPartner, type Matching, type MatchShape } from '../../../operations/match.js';
import { MODULATION_EPSILON, weighsPairs, type MergeCall } from '../../../operations/merge.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import type { Lowering } from '../lowering.js';

/** Bits of `halves` in kernels/pyra/forward.ts. */
const HALVES = { channels: 1, pairs: 2 } as const;

const numbersOf = ({ images, tokens, channels, r }: MergeCall): number[] => [images, tokens, channels, r];
const isPruned = ({ weight }: MergeCall): number => (weight === 'zero' ? 1 : 0);

function halvesOf({ modulation }: MergeCall): number {
  return (modulation?.channels ? HALVES.channels : 0) | (modulation?.pairs ? HALVES.pairs : 0);
}

/** Addresses for the even tokens' partners, for the parts of the matching that the caller left out, and for the kernels' scratch. */
function matchPlaces(lowering: Lowering, { images, tokens }: MatchShape, tensors: Partial<Matching>, kernelScratch: number) {
  const evens = Math.ceil(tokens / 2);
  const own = images * evens * 4;
  const spare = images * tokens * 4;
  const best = lowering.scratch(2 * own + 3 * spare + Math.max(kernelScratch, evens * 4));
  const [score, rowOf, originOf] = [tensors.score, tensors.rowOf, tensors.originOf].map((tensor, index) =>
    tensor ? lowering.at(tensor) : best + 2 * own + index * spare,
  );
  const scratch = best + 2 * own + 3 * spare;
  return { best, partner: best + own, score: score ?? 0, rowOf: rowOf ?? 0, originOf: originOf ?? 0, scratch };
}

type MatchPlaces = ReturnType<typeof matchPlaces>;

function rankPairs(
  lowering: Lowering,
  places: MatchPlaces,
  pairs: Tensor,
  { images, tokens, r, protectedTokens }: MatchShape,
): void {
  const { best, partner, score, rowOf, originOf, scratch } = places;
  const at = [best, partner, lowering.at(pairs), score, rowOf, originOf];
  lowering.call('rankPairs', ...at, images, tokens, r, protectedTokens, scratch);
}

export function lowerMatch(lowering: Lowering, { tensors, call }: Operation<'match'>): void {
  const { images, tokens, heads, headWidth } = call;
  const places = matchPlaces(lowering, call, tensors, lowering.kernels.matchScratch(tokens, headWidth));
  const { best, partner, scratch } = places;
  const first = firstPartner(call);
  lowering.call('bestPartners', lowering.at(tensors.qkv), best, partner, images, tokens, heads, headWidth, first, scratch);
  rankPairs(lowering, places, tensors.pairs, call);
}

export function lowerDrawPairs(lowering: Lowering, { tensors, call }: Operation<'drawPairs'>): void {
  const { images, tokens, seed, block } = call;
  const places = matchPlaces(lowering, call, tensors, 0);
  lowering.call('drawPartners', places.best, places.partner, images, tokens, firstPartner(call), seed, block);
  rankPairs(lowering, places, tensors.pairs, call);
}

export function lowerMerge(lowering: Lowering, { tensors, call }: Operation<'merge'>): void {
  const { x, pairs, originOf, a, b, gamma, beta, normalised, rstd, gChannels, gPairs, out, outSize } = tensors;
  const size = call.weight === 'size' ? tensors.size : undefined;
  let [channels, pairFactors] = [0, 0];
  if (call.modulation) {
    const { images, r } = call;
    const bytes = [images * r * call.channels, images * r, images * call.channels, images * r].map((length) => 4 * length);
    const base = lowering.scratch(bytes.reduce((sum, value) => sum + value, 0));
    // Outputs that no backward reads are not in the record; they go to scratch memory, where the merge reads them.
    let at = base;
    const places = [normalised, rstd, gChannels, gPairs].map((tensor, index) => {
      const spare = at;
      at += bytes[index] ?? 0;
      return tensor ? lowering.at(tensor) : spare;
    });
    const read = [x, size, pairs, a, b, gamma, beta].map((tensor) => lowering.at(tensor));
    const numbers = [...numbersOf(call), call.trainedPairs, MODULATION_EPSILON, halvesOf(call)];
    lowering.call('pyraModulation', ...read, ...places, ...numbers);
    channels = call.modulation.channels ? (places[2] ?? 0) : 0;
    pairFactors = weighsPairs(call) ? (places[3] ?? 0) : 0;
  }
  const read = [x, size, pairs, originOf].map((tensor) => lowering.at(tensor));
  lowering.call(
    'merge',
    ...[...read, channels, pairFactors, lowering.at(out), lowering.at(outSize), ...numbersOf(call), isPruned(call)],
  );
}

export function lowerMergeBackward(lowering: Lowering, { tensors, call }: Operation<'mergeBackward'>): void {
  const { dout, x, pairs, rowOf, outSize, a, b, gamma, beta, normalised, rstd, gChannels, gPairs, dx } = tensors;
  const size = call.weight === 'size' ? tensors.size : undefined;
  let dpairSum = 0;
  if (call.modulation) {
    const { images, channels, r } = call;
    const [sums, weights] = [images * r * channels * 4, 4 * (r + 3 * channels)];
    dpairSum = lowering.scratch(sums + weights + lowering.kernels.pyraBackwardScratch(channels, r));
    const spare = dpairSum + sums;
    const gradients = [tensors.da, tensors.db, tensors.dgamma, tensors.dbeta].map((tensor, index) =>
      tensor ? lowering.at(tensor) : spare + (index === 0 ? 0 : 4 * (r + (index - 1) * channels)),
    );
    const read = [dout, outSize, x, size, pairs, rowOf, a, b, gamma, beta, normalised, rstd, gChannels, gPairs];
    lowering.call(
      'pyraBackward',
      ...read.map((tensor) => lowering.at(tensor)),
      ...[dpairSum, ...gradients, ...numbersOf(call), call.trainedPairs, halvesOf(call), spare + weights],
    );
  }
  if (!dx) return;
  const factors = [call.modulation?.channels ? gChannels : undefined, weighsPairs(call) ? gPairs : undefined];
  const read = [dout, pairs, rowOf, size, outSize, ...factors].map((tensor) => lowering.at(tensor));
  lowering.call('mergeBackward', ...read, dpairSum, lowering.at(dx), ...numbersOf(call), isPruned(call));
}

export function lowerTrack(lowering: Lowering, { tensors, call }: Operation<'track'>): void {
  const { source, rowOf, out } = tensors;
  const at = [source, rowOf, out].map((tensor) => lowering.at(tensor));
  lowering.call('followTokens', ...at, call.images, call.initialTokens, call.tokens);
}

export function lowerModulationStrength(lowering: Lowering, { tensors, call }: Operation<'modulationStrength'>): void {
  const { x, pairs, gChannels, gPairs, strength } = tensors;
  const at = [x, pairs, gChannels, gPairs, strength].map((tensor) => lowering.at(tensor));
  lowering.call('pyraStrength', ...at, call.images, call.tokens, call.channels, call.r);
}

export function lowerPairTokens(lowering: Lowering, { tensors, call }: Operation<'pairTokens'>): void {
  const { x, qkv, pairs, rowOf, after, out } = tensors;
  const at = [x, qkv, pairs, rowOf, after, out].map((tensor) => lowering.at(tensor));
  lowering.call('pairTokens', ...at, call.images, call.tokens, call.channels, call.r, call.heads, call.headWidth);
}
