import { requireLength } from './shapes.js';

/** The cubic convolution kernel with PyTorch's a = -0.75 (PIL's is -0.5): weights of the pixels at -1, 0, 1, 2 from the cell. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/**
 * Carries a position embedding to another square grid, as `torch.nn.functional.interpolate(mode='bicubic',
 * align_corners=False)` without antialiasing: pixel centres map by (i + 0.5) from / to - 0.5, borders repeat. The first
 * `prefix` tokens (class, distillation) are kept.
 *
 * position [prefix + from², C]; returns [prefix + to², C].
 */
export function interpolatePositions(
  position: Float64Array,
  prefix: number,
  from: number,
  to: number,
  channels: number,
): Float64Array {
  requireLength('interpolatePositions: position', position, prefix + from * from, channels);
  if (from === to) return position.slice();
  const out = new Float64Array((prefix + to * to) * channels);
  out.set(position.subarray(0, prefix * channels));
  const taps = Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const cell = Math.floor(centre);
    return cubicWeights(centre - cell).map((weight, k) => ({
      weight,
      index: Math.min(from - 1, Math.max(0, cell - 1 + k)),
    }));
  });
  for (let y = 0; y < to; y++) {
    for (let x = 0; x < to; x++) {
      const base = (prefix + y * to + x) * channels;
      for (const vertical of taps[y]!) {
        for (const horizontal of taps[x]!) {
          const weight = vertical.weight * horizontal.weight;
          const source = (prefix + vertical.index * from + horizontal.index) * channels;
          for (let c = 0; c < channels; c++) out[base + c]! += weight * position[source + c]!;
        }
      }
    }
  }
  return out;
}
