import type { ScaleLinear } from 'd3-scale';
import type { Method } from '../../vit/methods/index.js';
import type { Box, Spot } from './labels.js';
import type { Point } from './points.js';

/** Lengths in one unit, CSS pixels or points, y downwards. */
export interface FigureStyle {
  readonly width: number;
  readonly height: number;
  readonly margin: { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number };
  /** Size of the type. */
  readonly font: number;
  /** Radius of a point. */
  readonly radius: number;
  /** Width of a line of words as it will be drawn. */
  widthOf(words: string, size: number): number;
}

/** An error bar's ends on the page. */
export interface Bar {
  readonly from: number;
  readonly to: number;
}

export interface Mark {
  readonly point: Point;
  readonly x: number;
  readonly y: number;
  /** A run that has only begun may lie below the axis: it stands at its foot. */
  readonly below: boolean;
  /** Of the accuracy, upwards, and of a measured speed, sideways; null where there is none or it is too short to see. */
  readonly bar: Bar | null;
  readonly across: Bar | null;
  /** Heights of the single seeds, where there are several. */
  readonly seeds: readonly number[];
}

export interface Words {
  readonly lines: readonly string[];
  readonly tone: 'ink' | 'soft' | 'wrong';
  readonly box: Box;
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
  /** Heights of the lines across the figure. */
  readonly uncompressed: number | null;
  readonly smaller: number | null;
  readonly chance: number | null;
  /** Where compression is adverse: a smaller network is as cheap and more accurate. */
  readonly adverse: Box | null;
  readonly words: readonly Words[];
}

/** From one line of words to the next, in sizes of the type. */
export const LINE = 1.3;
