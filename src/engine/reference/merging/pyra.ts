import { layerNorm, layerNormBackward } from '../layers/layer-norm.js';
import { requireLength } from '../shapes.js';

export interface PyraShape {
  readonly images: number;
  /** Pairs. */
  readonly r: number;
  readonly channels: number;
  /** The number of pairs, the most similar first, that have weights; all where left out. */
  readonly trainedPairs?: number;
}

export interface PyraWeights {
  /** [C], `pyra_norm.weight`. */
  readonly gamma: Float64Array;
  /** [C], `pyra_norm.bias`. */
  readonly beta: Float64Array;
  /** [r], `pyra_a`: row i weighs the i-th most similar pair. */
  readonly a: Float64Array;
  /** [C], `pyra_b`. */
  readonly b: Float64Array;
}

/** The halves of the modulation. Both together are PYRA; a single one is a row of the paper's ablation, in which the other factor is 1. */
export interface PyraHalves {
  readonly channels: boolean;
  readonly pairs: boolean;
}

export const WHOLE_PYRA: PyraHalves = { channels: true, pairs: true };

/** The default of PyTorch's `nn.LayerNorm`, which the modulation uses. */
const EPSILON = 1e-5;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export interface Pyra {
  /** [B, r, C]: the modulated src. */
  readonly out: Float64Array;
  /** [B, C]: g_D, from 0 to 2; ones without the channel half. */
  readonly gChannels: Float64Array;
  /** [B, r]: g_r, from -1 to 1; ones without the pair half; 0 for pairs that were never trained. */
  readonly gPairs: Float64Array;
  /** [B, r, C]: M, kept for the backward. */
  readonly normalised: Float64Array;
}

/**
 * PYRA's modulation of the tokens that merge away (arXiv 2403.09192): M = LayerNorm(src + dst),
 * g_D = 2 sigmoid(aᵀ M) [B, C], g_r = 2 sigmoid(M bᵀ) - 1 [B, r], out = src + src ⊙ g_D ⊙ g_r.
 *
 * A single half is defined so that zero weights give out = src: pairs alone out = src + src ⊙ g_r, channels alone out = src + src ⊙ (g_D -
 * 1) = src ⊙ g_D.
 *
 * A pair that was never trained has g_r = 0, so out = src, as in ToMe. Its row of a is 0, so that it adds nothing to g_D either.
 *
 * src, dst [B, r, C], weighted by size.
 */
export function pyra(src: Float64Array, dst: Float64Array, weights: PyraWeights, halves: PyraHalves, shape: PyraShape): Pyra {
  const { images, r, channels, trainedPairs = r } = shape;
  requireLength('pyra: src', src, images, r, channels);
  requireLength('pyra: dst', dst, images, r, channels);
  requireLength('pyra: a', weights.a, r);
  requireLength('pyra: b', weights.b, channels);
  const normalised = layerNorm(
    src.map((value, i) => value + dst[i]!),
    weights.gamma,
    weights.beta,
    EPSILON,
    { rows: images * r, channels },
  );
  const gChannels = new Float64Array(images * channels).fill(1);
  const gPairs = Float64Array.from({ length: images * r }, (_, i) => (i % r < trainedPairs ? 1 : 0));
  const out = new Float64Array(src.length);
  for (let b = 0; b < images; b++) {
    if (halves.channels) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < r; k++) sum += weights.a[k]! * normalised[(b * r + k) * channels + c]!;
        gChannels[b * channels + c] = 2 * sigmoid(sum);
      }
    }
    if (halves.pairs) {
      for (let k = 0; k < trainedPairs; k++) {
        let sum = 0;
        for (let c = 0; c < channels; c++) sum += weights.b[c]! * normalised[(b * r + k) * channels + c]!;
        gPairs[b * r + k] = 2 * sigmoid(sum) - 1;
      }
    }
    for (let k = 0; k < r; k++) {
      for (let c = 0; c < channels; c++) {
        const i = (b * r + k) * channels + c;
        out[i] = src[i]! * (1 + strength(halves, gChannels[b * channels + c]!, gPairs[b * r + k]!));
      }
    }
  }
  return { out, gChannels, gPairs, normalised };
}

/** The factor of src, minus 1. */
function strength(halves: PyraHalves, gD: number, gR: number): number {
  if (!halves.pairs) return halves.channels ? (gD - 1) * gR : 0;
  return gD * gR;
}

/**
 * With u = dout ⊙ src: dg_D = Σ over pairs of u g_r, dg_r = Σ over channels of u g_D; the factor of a half that is off is 1. The sigmoids'
 * derivatives are g_D (1 - g_D / 2) and (1 - g_r²) / 2, or 0 for a pair that was never trained. Both gradients go to M, and through its
 * LayerNorm to src and dst.
 *
 * dout, src, dst [B, r, C], forward: what {@link pyra} returned; returns dsrc, ddst [B, r, C] and the weights' gradients.
 */
export function pyraBackward(
  dout: Float64Array,
  src: Float64Array,
  dst: Float64Array,
  weights: PyraWeights,
  halves: PyraHalves,
  forward: Pyra,
  shape: PyraShape,
): {
  dsrc: Float64Array;
  ddst: Float64Array;
  dgamma: Float64Array;
  dbeta: Float64Array;
  da: Float64Array;
  db: Float64Array;
} {
  const { images, r, channels, trainedPairs = r } = shape;
  requireLength('pyraBackward: dout', dout, images, r, channels);
  const { gChannels, gPairs, normalised } = forward;
  const dsrc = new Float64Array(src.length);
  const dnormalised = new Float64Array(src.length);
  const da = new Float64Array(r);
  const db = new Float64Array(channels);
  for (let b = 0; b < images; b++) {
    const dgD = new Float64Array(channels);
    const dgR = new Float64Array(r);
    for (let k = 0; k < r; k++) {
      for (let c = 0; c < channels; c++) {
        const i = (b * r + k) * channels + c;
        const gD = gChannels[b * channels + c]!;
        const gR = gPairs[b * r + k]!;
        dsrc[i] = dout[i]! * (1 + strength(halves, gD, gR));
        dgD[c]! += dout[i]! * src[i]! * gR;
        dgR[k]! += dout[i]! * src[i]! * gD;
      }
    }
    for (let k = 0; k < r; k++) {
      for (let c = 0; c < channels; c++) {
        const i = (b * r + k) * channels + c;
        if (halves.channels) {
          const gD = gChannels[b * channels + c]!;
          const dz = dgD[c]! * gD * (1 - gD / 2);
          dnormalised[i]! += dz * weights.a[k]!;
          da[k]! += dz * normalised[i]!;
        }
        if (halves.pairs && k < trainedPairs) {
          const gR = gPairs[b * r + k]!;
          const dz = (dgR[k]! * (1 - gR * gR)) / 2;
          dnormalised[i]! += dz * weights.b[c]!;
          db[c]! += dz * normalised[i]!;
        }
      }
    }
  }
  const sum = src.map((value, i) => value + dst[i]!);
  const norm = layerNormBackward(dnormalised, sum, weights.gamma, EPSILON, { rows: images * r, channels });
  for (let i = 0; i < dsrc.length; i++) dsrc[i]! += norm.dx[i]!;
  return { dsrc, ddst: norm.dx, dgamma: norm.dgamma, dbeta: norm.dbeta, da, db };
}
