/**
 * Augmentation of training pictures: mirroring, crops and colour, drawn anew each epoch and applied to bytes before normalisation. Draws
 * depend only on (seed, epoch, picture), and the arithmetic is float64 with sums, products and quotients alone, so that the bytes are the
 * same on every host, for any number of threads, and in a run that continues from a checkpoint.
 */
import { Random } from '../random.js';

export interface Augmentation {
  /** Mirrors left and right with a chance of one half. */
  readonly flip: boolean;
  /** The largest part of each side that a crop removes, from 0 (none) to less than 1. */
  readonly crop: number;
  /** The largest change of the factors for brightness, contrast and saturation from 1; 0 for none, at most 1. */
  readonly colour: number;
}

/** What is drawn for one picture in one epoch. */
export interface Change {
  readonly mirrored: boolean;
  /** In units of the side: the part that the crop keeps, and the offsets of its left and upper edges. */
  readonly share: number;
  readonly left: number;
  readonly top: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

/** Whether there is anything to change. */
export const augments = ({ flip, crop, colour }: Augmentation): boolean => flip || crop > 0 || colour > 0;

/** The same result for the same (seed, epoch, picture), whatever the other pictures get. */
export function drawChange({ flip, crop, colour }: Augmentation, seed: number, epoch: number, picture: number): Change {
  const random = new Random('augmentation', seed, epoch, picture);
  // Every number is drawn whether it is used or not, so that one option does not change the draws of another.
  const mirrored = random.chance(0.5) && flip;
  const share = 1 - crop * random.unit();
  const left = (1 - share) * random.unit();
  const top = (1 - share) * random.unit();
  const factor = (): number => random.between(1 - colour, 1 + colour);
  return { mirrored, share, left, top, brightness: factor(), contrast: factor(), saturation: factor() };
}

/** ITU-R BT.601, as PIL's and torchvision's greys have it. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

/**
 * A square picture, changed. The cut is brought back to the whole side by bilinear interpolation between pixels' centres. Then, with
 * v from 0 to 255: v b for brightness, m + (v - m) k for contrast, m the mean grey, and g + (v - g) s for saturation, g the pixel's
 * grey; rounded and held to 0..255 once, at the end.
 *
 * @param pixels [side, side, 4] RGBA; not written to.
 */
export function changePicture(pixels: Uint8Array, side: number, change: Change): Uint8Array<ArrayBuffer> {
  const { brightness, contrast, saturation } = change;
  const across = places(side, change.share, change.left, change.mirrored);
  const down = places(side, change.share, change.top, false);
  const colours = new Float64Array(side * side * 3);
  let grey = 0;
  for (let y = 0, to = 0; y < side; y++) {
    const upper = down.first[y]! * side;
    const lower = down.second[y]! * side;
    const below = down.weight[y]!;
    for (let x = 0; x < side; x++, to += 3) {
      const left = across.first[x]!;
      const right = across.second[x]!;
      const beside = across.weight[x]!;
      for (let channel = 0; channel < 3; channel++) {
        const above = pixels[(upper + left) * 4 + channel]! * (1 - beside) + pixels[(upper + right) * 4 + channel]! * beside;
        const under = pixels[(lower + left) * 4 + channel]! * (1 - beside) + pixels[(lower + right) * 4 + channel]! * beside;
        colours[to + channel] = (above * (1 - below) + under * below) * brightness;
      }
      grey += greyOf(colours, to);
    }
  }
  const mean = grey / (side * side);
  const changed = new Uint8Array(side * side * 4);
  for (let from = 0, to = 0; from < colours.length; from += 3, to += 4) {
    const own = mean + (greyOf(colours, from) - mean) * contrast;
    for (let channel = 0; channel < 3; channel++) {
      const value = mean + (colours[from + channel]! - mean) * contrast;
      changed[to + channel] = Math.max(0, Math.min(255, Math.floor(own + (value - own) * saturation + 0.5)));
    }
    changed[to + 3] = 255;
  }
  return changed;
}

const greyOf = (colours: Float64Array, at: number): number =>
  RED * colours[at]! + GREEN * colours[at + 1]! + BLUE * colours[at + 2]!;

/** For each pixel of a line, the two source pixels that it lies between, and its position between them. */
function places(side: number, share: number, offset: number, mirrored: boolean) {
  const first = new Uint32Array(side);
  const second = new Uint32Array(side);
  const weight = new Float64Array(side);
  for (let index = 0; index < side; index++) {
    const place = (mirrored ? side - 1 - index : index) + 0.5;
    const source = Math.max(0, Math.min(side - 1, offset * side + place * share - 0.5));
    first[index] = Math.floor(source);
    second[index] = Math.min(side - 1, Math.floor(source) + 1);
    weight[index] = source - Math.floor(source);
  }
  return { first, second, weight };
}

/** The function that changes a picture's pixels in one epoch, by its index in the data set; undefined where nothing is to be changed. */
export function changesIn(
  configuration: Augmentation & { readonly seed: number },
  epoch: number,
  side: number,
): ((pixels: Uint8Array, picture: number) => Uint8Array<ArrayBuffer>) | undefined {
  if (!augments(configuration)) return undefined;
  const { seed } = configuration;
  return (pixels, picture) => changePicture(pixels, side, drawChange(configuration, seed, epoch, picture));
}
