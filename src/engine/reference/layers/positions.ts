import { requireLength } from '../shapes.js';

/** The cubic convolution kernel with PyTorch's a = -0.75 (PIL's is -0.5): weights of the pixels at -1, 0, 1, 2 from the cell. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

interface Tap {
  readonly weight: number;
  readonly index: number;
}

/** The source rows and weights of row i without antialiasing: four of the `from` rows. */
function plainTaps(i: number, from: number, to: number): Tap[] {
  const centre = ((i + 0.5) * from) / to - 0.5;
  const cell = Math.floor(centre);
  return cubicWeights(centre - cell).map((weight, k) => ({
    weight,
    index: Math.min(from - 1, Math.max(0, cell - 1 + k)),
  }));
}

/** The same with PIL's antialiasing: a = -0.5, and the kernel covers four steps of the smaller grid, cut at the borders. */
function antialiasedTaps(i: number, from: number, to: number): Tap[] {
  const step = from > to ? from / to : 1;
  const kernel = (x: number): number =>
    x >= 2 ? 0 : x >= 1 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  const centre = ((i + 0.5) * from) / to;
  const taps = Array.from({ length: from }, (_, index) => ({ weight: kernel(Math.abs(index + 0.5 - centre) / step), index }));
  const sum = taps.reduce((total, { weight }) => total + weight, 0);
  return taps.map(({ weight, index }) => ({ weight: weight / sum, index }));
}

/**
 * Interpolates a position embedding for another square grid, as `torch.nn.functional.interpolate(mode='bicubic', align_corners=False)`
 * does, with `antialias` (as timm does) or without. Pixel centres map by (i + 0.5) from / to - 0.5, and borders repeat. The first `prefix`
 * tokens (class, distillation) are kept.
 *
 * position [prefix + from², C]; returns [prefix + to², C].
 */
export function interpolatePositions(
  position: Float64Array,
  prefix: number,
  from: number,
  to: number,
  channels: number,
  antialiased = false,
): Float64Array {
  requireLength('interpolatePositions: position', position, prefix + from * from, channels);
  if (from === to) return position.slice();
  const out = new Float64Array((prefix + to * to) * channels);
  out.set(position.subarray(0, prefix * channels));
  const taps = Array.from({ length: to }, (_, i) => (antialiased ? antialiasedTaps : plainTaps)(i, from, to));
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
