import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { METHODS } from '../../vit/methods/index.js';
import { dodged } from './dodge.js';
import type { Box, Spot } from './labels.js';
import type { FigureStyle, Layout, Mark, Tick } from './parts.js';
import { accuracyDomain, accuracyOf, chanceOf, linesOf, paretoFront, referencesOf, type Measure, type Point } from './points.js';
import { placedWords } from './words.js';

/** Error bars shorter than this, in radii of the mark, are hidden behind it and left out. */
const SHORT = 0.3;

/** If all points lie above this share of the axis, the axis begins at the points instead of 0. */
const FAR = 0.6;

/** The ends of the horizontal axis. It begins at 0, so that lengths show shares of the cost, unless all points are far from 0. */
function xDomain(points: readonly Point[]): [number, number] {
  const ends = points.flatMap(({ x, across }) => [across?.low ?? x, across?.high ?? x]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (low < FAR * high) return [0, high * 1.06];
  const pad = Math.max((high - low) * 0.5, high * 0.1);
  return [Math.max(0, low - pad), high + pad];
}

/** The positions of all parts of the figure; the code that draws it adds colours. @param points at least one. */
export function layoutFigure(points: readonly Point[], measure: Measure, style: FigureStyle): Layout {
  const { width, height, margin } = style;
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const x = scaleLinear().domain(xDomain(points)).range([margin.left, right]);
  const y = scaleLinear().domain(accuracyDomain(points)).range([bottom, margin.top]);
  const { uncompressed, smaller } = referencesOf(points);
  const marks = marksOf(points, { x, y, bottom, right, style });
  const at = (point: Point): Spot => {
    const mark = marks.find((entry) => entry.point === point);
    return { x: mark?.x ?? x(point.x), y: mark?.y ?? y(point.y) };
  };
  const chance = chanceOf(points);
  const layout = {
    style,
    x,
    y,
    right,
    bottom,
    xTicks: x.ticks(Math.min(6, Math.floor((right - margin.left) / (style.font * 6)))).map((value) => ({
      at: x(value),
      words: String(Number(value.toFixed(6))),
    })),
    yTicks: yTicksOf(y),
    marks,
    lines: linesOf(points).map(({ method, points: own }) => ({ method, spots: own.map(at) })),
    front: steps(paretoFront(points, measure).map(at)),
    uncompressed: uncompressed ? y(uncompressed.y) : null,
    smaller: smaller ? y(smaller.point.y) : null,
    chance: chance !== null && chance > (y.domain()[0] ?? 0) ? y(chance) : null,
    adverse: smaller ? adverseBox(x(smaller.point.x), y(smaller.point.y), measure, { left: margin.left, right, bottom }) : null,
  };
  return { ...layout, words: placedWords(layout, points, chance) };
}

function yTicksOf(y: ScaleLinear<number, number>): Tick[] {
  const ticks = y.ticks(5);
  const decimals = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0)) < 0.0099 ? 1 : 0;
  return ticks.map((value) => ({ at: y(value), words: `${(value * 100).toFixed(decimals)} %` }));
}

interface Room {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly bottom: number;
  readonly right: number;
  readonly style: FigureStyle;
}

/** The marks. Points of about the same cost are moved apart, in the methods' order, so that error bars do not overlap. */
function marksOf(points: readonly Point[], { x, y, bottom, right, style }: Room): Mark[] {
  const { radius, margin } = style;
  const clamped = (value: number): number => Math.min(bottom, Math.max(margin.top, y(value)));
  const within = (value: number): number => Math.min(right, Math.max(margin.left, x(value)));
  const order = [...points].sort((a, b) => a.x - b.x || METHODS.indexOf(a.method) - METHODS.indexOf(b.method));
  const places = dodged(
    order.map((point) => x(point.x)),
    radius * 2.5,
    [margin.left + radius, right - radius],
  );
  return order.map((point, index) => {
    const at = places[index] ?? x(point.x);
    const foot = bottom - 2 * radius;
    const bar = { from: clamped(point.interval.low), to: clamped(point.interval.high) };
    const across = point.across && { from: within(point.across.low), to: within(point.across.high) };
    return {
      point,
      x: at,
      y: Math.min(y(point.y), foot),
      below: y(point.y) > foot,
      bar: point.settled && bar.from - bar.to > 2 * SHORT * radius ? bar : null,
      across: across && across.to - across.from > 2 * SHORT * radius ? across : null,
      seeds: point.runs.length > 1 ? point.runs.map((run) => clamped(accuracyOf(run)?.value ?? point.y)) : [],
    };
  });
}

/** The Pareto front as steps: the accuracy stays that of the cheaper point up to the cost of the next better one. */
function steps(front: readonly Spot[]): Spot[] {
  if (front.length < 2) return [];
  return front.flatMap((spot, index) => {
    const next = front[index + 1];
    return next ? [spot, { x: next.x, y: spot.y }] : [spot];
  });
}

function adverseBox(
  x: number,
  y: number,
  measure: Measure,
  { left, right, bottom }: { readonly left: number; readonly right: number; readonly bottom: number },
): Box {
  const [from, to] = measure === 'speed' ? [left, x] : [x, right];
  return { x: from, y, width: Math.max(0, to - from), height: Math.max(0, bottom - y) };
}
