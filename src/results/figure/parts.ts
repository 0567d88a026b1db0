import type { ScaleLinear } from 'd3-scale';
import type { Method } from '../../vit/methods/index.js';
import type { Box, Spot } from './labels.js';
import type { Point } from './points.js';

/** All lengths are in one unit, CSS pixels or points of type; y points down. */
export interface FigureStyle {
  readonly width: number;
  readonly height: number;
  readonly margin: { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number };
  /** Size of the type. */
  readonly font: number;
  /** Radius of a point. */
  readonly radius: number;
  /** Width of a line of words in type of this size. */
  widthOf(words: string, size: number): number;
}

/** The ends of an error bar. */
export interface Bar {
  readonly from: number;
  readonly to: number;
}

export interface Mark {
  readonly point: Point;
  readonly x: number;
  readonly y: number;
  /** Whether the point lies below the axis, as a run that has just begun may; it is drawn at its lower end. */
  readonly below: boolean;
  /** The vertical error bar, of the accuracy; `across` is the horizontal one, of a measured speed. Null if there is none or it is too short to see. */
  readonly bar: Bar | null;
  readonly across: Bar | null;
  /** The y of each seed, if there are several. */
  readonly seeds: readonly number[];
}

export interface Words {
  readonly lines: readonly string[];
  readonly tone: 'ink' | 'soft' | 'wrong';
  readonly box: Box;
  /** The upright line that leads from words that stand apart to what they name; absent where they stand beside it. */
  readonly leader?: { readonly x: number; readonly from: number; readonly to: number };
}

export interface Tick {
  readonly at: number;
  readonly words: string;
}

export interface Layout {
  readonly style: FigureStyle;
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly right: number;
  readonly bottom: number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly marks: readonly Mark[];
  readonly lines: readonly { readonly method: Method; readonly spots: readonly Spot[] }[];
  /** Corners of the Pareto front's steps. */
  readonly front: readonly Spot[];
  /** The y of the lines across the figure. */
  readonly uncompressed: number | null;
  readonly smaller: number | null;
  readonly chance: number | null;
  /** The region of adverse compression: a smaller network costs no more and is more accurate. */
  readonly adverse: Box | null;
  readonly words: readonly Words[];
}

/** The distance between lines of words, in sizes of the type. */
export const LINE = 1.3;
