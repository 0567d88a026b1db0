import { PlaygroundError } from './errors.js';

/** A tensor on the host, row-major. */
interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** The cubic convolution kernel at a distance: 1 at 0, and 0 at 1, at 2 and beyond. */
function cubic(a: number, distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** The cubic kernel's a: PyTorch's own, and PIL's, which PyTorch takes with antialiasing. */
const SHARPNESS = { plain: -0.75, antialiased: -0.5 };

/** The `to` x `from` matrix that resamples one axis: pixel centres map by (i + 0.5) from / to - 0.5, borders repeat. */
function plainMatrix(from: number, to: number): Float64Array {
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const cell = Math.floor(centre);
    for (let k = cell - 1; k <= cell + 2; k++) {
      matrix[i * from + Math.min(from - 1, Math.max(0, k))]! += cubic(SHARPNESS.plain, k - centre);
    }
  }
  return matrix;
}

/**
 * As {@link plainMatrix}, but where the grid becomes smaller the kernel is widened by the step. Rows are normalised to a sum of 1 over the
 * pixels inside the border.
 */
function antialiasedMatrix(from: number, to: number): Float64Array {
  const matrix = new Float64Array(to * from);
  const step = Math.max(1, from / to);
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to;
    const first = Math.max(0, Math.trunc(centre - 2 * step + 0.5));
    const end = Math.min(from, Math.trunc(centre + 2 * step + 0.5));
    const weights = Array.from({ length: end - first }, (_, k) =>
      cubic(SHARPNESS.antialiased, (first + k - centre + 0.5) / step),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.forEach((weight, k) => (matrix[i * from + first + k] = weight / sum));
  }
  return matrix;
}

/**
 * Resamples a position embedding [1, T + from², C] to the grid of another image size, [1, T + side², C]: bicubic as in
 * `torch.nn.functional.interpolate(mode='bicubic', align_corners=False)`, with `antialias=True` as timm does, or without as transformers
 * and DeiT do. The rows of the T protected tokens are kept. Sums are float64. Throws `weights.wrong-shape` where the patches do not fill a
 * square.
 */
export function interpolatePositions(
  position: HostTensor,
  protectedTokens: number,
  side: number,
  antialiased: boolean,
): HostTensor {
  const channels = position.shape.at(-1) ?? 0;
  const patches = position.data.length / channels - protectedTokens;
  const from = Math.round(Math.sqrt(patches));
  if (from * from !== patches || from === 0) {
    const subject = 'pos_embed';
    const found = `has ${patches + protectedTokens} rows, and without its ${protectedTokens} protected ones that is no square grid`;
    throw new PlaygroundError('weights.wrong-shape', `pos_embed: ${found}`, { subject });
  }
  if (from === side) return position;
  const matrix = antialiased ? antialiasedMatrix(from, side) : plainMatrix(from, side);
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
