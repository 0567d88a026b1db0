/** Weights of the four neighbours at distance t past the second, by the cubic convolution kernel with PyTorch's a = -0.75. */
function cubic(t: number): readonly number[] {
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/**
 * Carries a position embedding to another square grid, as `torch.nn.functional.interpolate` does with `mode='bicubic'` and
 * `align_corners=False`: bicubic without antialiasing, borders repeated. The first `prefix` rows are kept.
 * @param positions [prefix + from * from, channels]
 * @returns [prefix + to * to, channels]
 */
export function interpolatePositions(
  positions: Float32Array<ArrayBuffer>,
  prefix: number,
  from: number,
  to: number,
  channels: number,
): Float32Array<ArrayBuffer> {
  if (from === to) return positions;
  const out = new Float32Array((prefix + to * to) * channels);
  out.set(positions.subarray(0, prefix * channels));
  const taps = Array.from({ length: to }, (_, i) => {
    const source = ((i + 0.5) * from) / to - 0.5;
    const cell = Math.floor(source);
    return cubic(source - cell).map((weight, k) => ({ weight, at: Math.min(from - 1, Math.max(0, cell - 1 + k)) }));
  });
  const sum = new Float64Array(channels);
  taps.forEach((vertical, y) => {
    taps.forEach((horizontal, x) => {
      sum.fill(0);
      for (const v of vertical) {
        for (const h of horizontal) {
          const row = (prefix + v.at * from + h.at) * channels;
          const weight = v.weight * h.weight;
          for (let c = 0; c < channels; c++) sum[c] = (sum[c] ?? 0) + weight * (positions[row + c] ?? 0);
        }
      }
      out.set(sum, (prefix + y * to + x) * channels);
    });
  });
  return out;
}
