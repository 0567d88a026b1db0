import { PlaygroundError } from './errors.js';

/** A tensor on the host, row-major. */
interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** The cubic convolution kernel with PyTorch's a = -0.75: weights of the pixels at -1, 0, 1 and 2 from the cell, t in 0..1. */
function cubicWeights(t: number): readonly number[] {
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/** The `to` x `from` matrix that resamples one axis: pixel centres map by (i + 0.5) from / to - 0.5, borders repeat. */
function axisMatrix(from: number, to: number): Float64Array {
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const cell = Math.floor(centre);
    cubicWeights(centre - cell).forEach((weight, k) => {
      matrix[i * from + Math.min(from - 1, Math.max(0, cell - 1 + k))]! += weight;
    });
  }
  return matrix;
}

/**
 * Carries a position embedding [1, T + from², D] to the grid of another image size, [1, T + side², D]: bicubic as
 * `torch.nn.functional.interpolate(mode='bicubic', align_corners=False)` without antialiasing, which is what timm and DeiT do; the T
 * protected tokens' rows are kept. Sums are float64. Throws `weights.wrong-shape` where the patches do not fill a square.
 */
export function interpolatePositions(position: HostTensor, protectedTokens: number, side: number): HostTensor {
  const channels = position.shape.at(-1) ?? 0;
  const patches = position.data.length / channels - protectedTokens;
  const from = Math.round(Math.sqrt(patches));
  if (from * from !== patches || from === 0) {
    const subject = 'pos_embed';
    const found = `has ${patches + protectedTokens} rows, and without its ${protectedTokens} protected ones that is no square grid`;
    throw new PlaygroundError('weights.wrong-shape', `pos_embed: ${found}`, { subject });
  }
  if (from === side) return position;
  const matrix = axisMatrix(from, side);
  const grid = position.data.subarray(protectedTokens * channels);
  const rows = resample(Float64Array.from(grid), matrix, 1, from, side, from * channels);
  const both = resample(rows, matrix, side, from, side, channels);
  const data = new Float32Array((protectedTokens + side * side) * channels);
  data.set(position.data.subarray(0, protectedTokens * channels));
  data.set(both, protectedTokens * channels);
  return { shape: [1, protectedTokens + side * side, channels], data };
}

/** out[o, i, n] = Σ_k matrix[i, k] x[o, k, n]; x [outer, from, inner]. */
function resample(x: Float64Array, matrix: Float64Array, outer: number, from: number, to: number, inner: number): Float64Array {
  const out = new Float64Array(outer * to * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      for (let k = 0; k < from; k++) {
        const weight = matrix[i * from + k]!;
        if (weight === 0) continue;
        for (let n = 0; n < inner; n++) out[(o * to + i) * inner + n]! += weight * x[(o * from + k) * inner + n]!;
      }
    }
  }
  return out;
}
