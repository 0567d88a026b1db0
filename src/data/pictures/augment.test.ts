import { describe, expect, it } from 'vitest';
import { augments, changePicture, drawChange, type Change } from './augment.js';

const side = 13;
const picture = Uint8Array.from({ length: side * side * 4 }, (_, at) => (at % 4 === 3 ? 255 : (at * 37 + (at >> 3) * 11) % 256));
const nothing: Change = { mirrored: false, share: 1, left: 0, top: 0, brightness: 1, contrast: 1, saturation: 1 };

/** The definition in float64: each pixel is interpolated at its place in a picture that is extended at its edges. */
function reference(pixels: Uint8Array, change: Change): number[][] {
  const value = (x: number, y: number, channel: number): number => {
    const [column, row] = [x, y].map((place) => Math.max(0, Math.min(side - 1, place)));
    return pixels[(row! * side + column!) * 4 + channel]!;
  };
  const at = (x: number, y: number, channel: number): number => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    let sum = 0;
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const share = (1 - Math.abs(x - column - dx)) * (1 - Math.abs(y - row - dy));
      sum += share * value(column + dx, row + dy, channel);
    }
    return sum;
  };
  const inside = (place: number): number => Math.max(0, Math.min(side - 1, place));
  const lit = Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    const turned = change.mirrored ? side - 1 - x : x;
    const from = [change.left * side + (turned + 0.5) * change.share - 0.5, change.top * side + (y + 0.5) * change.share - 0.5];
    return [0, 1, 2].map((channel) => at(inside(from[0]!), inside(from[1]!), channel) * change.brightness);
  });
  const grey = (rgb: number[]): number => 0.299 * rgb[0]! + 0.587 * rgb[1]! + 0.114 * rgb[2]!;
  const mean = lit.reduce((sum, rgb) => sum + grey(rgb), 0) / lit.length;
  return lit.map((rgb) => {
    const contrasted = rgb.map((channel) => mean + (channel - mean) * change.contrast);
    const own = grey(contrasted);
    return contrasted.map((channel) => Math.max(0, Math.min(255, own + (channel - own) * change.saturation)));
  });
}

describe('changePicture', () => {
  it('returns the same bytes where nothing changes', () => {
    expect(changePicture(picture, side, nothing)).toEqual(picture);
  });

  it('mirrors exactly', () => {
    const mirrored = changePicture(picture, side, { ...nothing, mirrored: true });
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const [from, to] = [(y * side + x) * 4, (y * side + side - 1 - x) * 4];
        expect(mirrored.subarray(to, to + 4)).toEqual(picture.subarray(from, from + 4));
      }
    }
  });

  it.each([1, 2, 3, 4, 5, 6])('agrees with the definition within the rounding of a byte (draw %i)', (epoch) => {
    const change = drawChange({ flip: true, crop: 0.6, colour: 0.5 }, 3, epoch, 17);
    const changed = changePicture(picture, side, change);
    reference(picture, change).forEach((rgb, index) => {
      rgb.forEach((value, channel) => expect(Math.abs(changed[index * 4 + channel]! - value)).toBeLessThanOrEqual(0.5 + 1e-9));
      expect(changed[index * 4 + 3]).toBe(255);
    });
  });
});

describe('drawChange', () => {
  const all = { flip: true, crop: 0.4, colour: 0.3 };
  const drawn = Array.from({ length: 4000 }, (_, index) => drawChange(all, 5, index % 40, Math.floor(index / 40)));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = (values: readonly number[]): number => mean(values.map((value) => (value - mean(values)) ** 2));

  it('mirrors half of them', () => {
    // Four standard deviations of a fair coin's share are 0.032.
    expect(Math.abs(mean(drawn.map(({ mirrored }) => Number(mirrored))) - 0.5)).toBeLessThan(0.032);
  });

  it('draws the crop’s size and position uniformly and within the picture', () => {
    const shares = drawn.map(({ share }) => share);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.6);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    // Even from 0.6 to 1: mean 0.8, variance 0.4^2 / 12; four standard deviations of the mean are 0.0073.
    expect(Math.abs(mean(shares) - 0.8)).toBeLessThan(0.0073);
    expect(Math.abs(variance(shares) / (0.4 ** 2 / 12) - 1)).toBeLessThan(0.06);
    for (const { left, top, share } of drawn) {
      for (const edge of [left, top]) expect(edge >= 0 && edge + share <= 1 + 1e-12).toBe(true);
    }
    const places = drawn.map(({ left, share }) => left / (1 - share));
    expect(Math.abs(mean(places) - 0.5)).toBeLessThan(0.0183);
  });

  it.each(['brightness', 'contrast', 'saturation'] as const)('draws %s evenly around 1', (name) => {
    const factors = drawn.map((change) => change[name]);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.7);
    expect(Math.max(...factors)).toBeLessThan(1.3);
    expect(Math.abs(mean(factors) - 1)).toBeLessThan(0.011);
    expect(Math.abs(variance(factors) / (0.6 ** 2 / 12) - 1)).toBeLessThan(0.06);
  });

  it('draws independently for each seed, epoch and picture, and each option independently of the others', () => {
    const one = drawChange(all, 5, 2, 7);
    expect(drawChange(all, 5, 2, 7)).toEqual(one);
    for (const other of [drawChange(all, 6, 2, 7), drawChange(all, 5, 3, 7), drawChange(all, 5, 2, 8)]) {
      expect(other.share).not.toBe(one.share);
      expect(other.brightness).not.toBe(one.brightness);
    }
    expect(drawChange({ flip: false, crop: 0.4, colour: 0 }, 5, 2, 7)).toEqual({
      ...one,
      mirrored: false,
      brightness: 1,
      contrast: 1,
      saturation: 1,
    });
    const lags = drawn.slice(1).map(({ share }, index) => (share - 0.8) * (drawn[index]!.share - 0.8));
    expect(Math.abs(mean(lags) / (0.4 ** 2 / 12))).toBeLessThan(0.064);
  });

  it('draws no change for an option that is off', () => {
    const off = { flip: false, crop: 0, colour: 0 };
    expect(augments(off)).toBe(false);
    expect(drawChange(off, 1, 2, 3)).toEqual(nothing);
    for (const one of [
      { ...off, flip: true },
      { ...off, crop: 0.1 },
      { ...off, colour: 0.1 },
    ])
      expect(augments(one)).toBe(true);
  });
});
