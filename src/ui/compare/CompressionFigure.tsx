import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { curveStepAfter, curveStepBefore, line } from 'd3-shape';
import type { RefObject } from 'react';
import { methodUnit, reduces, UNREDUCED } from '../../vit/methods/index.js';
import { METHOD_COLOURS } from '../../results/method-colours.js';
import { useWidth } from '../common/use-width.js';
import { percent } from '../format.js';
import { usePlayground } from '../playground.js';
import { accuracyDomain, linesOf, paretoFront, referencesOf, type Measure, type Point } from './figure-data.js';
import { FONT, HEIGHT, Legend, MARGIN, legendHeight } from './FigureLegend.js';
import { along, leastCovering, twoLines, wordsWidth, type Box, type Spot } from './labels.js';

export const MEASURE_NAMES: Readonly<Record<Measure, string>> = { macs: 'GMACs', speed: 'img/s', tokens: 'Tokens left' };

/** What the horizontal axis counts, in words. */
export function axisWords(measure: Measure): string {
  if (measure === 'macs') return 'GMACs of one forward';
  return measure === 'speed' ? 'measured inference, images/s' : 'tokens left after the last block';
}

/** From one line of words to the next. */
const LINE = FONT + 4;

const spread = (point: Point): number => Math.min(point.deviation, 0.5);

/**
 * Accuracy over GMACs, measured images/s or tokens left: one line a method, error bars over seeds, the Pareto front, the
 * uncompressed run as a line, and the region where a smaller model without merging would do better. Attributes only, no
 * style sheet, so that the element is the exported file.
 */
export function CompressionFigure({
  points,
  measure,
  ref,
}: {
  points: readonly Point[];
  measure: Measure;
  ref: RefObject<SVGSVGElement | null>;
}) {
  const [width, follow] = useWidth(400, 240);
  const { uncompressed, smaller } = referencesOf(points);
  const front = paretoFront(points, measure);
  const domain = accuracyDomain(points);
  const bottom = HEIGHT - MARGIN.bottom;
  const right = width - MARGIN.right;
  const x = scaleLinear()
    .domain([0, Math.max(...points.map((point) => point.x)) * 1.06])
    .range([MARGIN.left, right]);
  const y = scaleLinear().domain(domain).range([bottom, MARGIN.top]);
  // A run that has only begun may lie below the axis: it stands at its foot until it has risen.
  const yOf = (point: Point): number => Math.min(y(point.y), bottom - 10);
  const path = line<Point>()
    .x((point) => x(point.x))
    .y((point) => y(point.y));
  // Each step keeps the accuracy of the cheaper run until a dearer one beats it.
  const step = line<Point>()
    .x((point) => x(point.x))
    .y((point) => y(point.y))
    .curve(measure === 'speed' ? curveStepBefore : curveStepAfter);
  const lines = linesOf(points);
  const words = placedWords({ points, lines, uncompressed, smaller, measure, x, yOf, right, bottom });
  const height = HEIGHT + legendHeight(points, front.length > 1, width);
  return (
    <div ref={follow} className="figure">
      <svg
        ref={ref}
        data-testid="compression-figure"
        viewBox={`0 0 ${width} ${height}`}
        width="100%"
        height={height}
        role="group"
        aria-label={`Accuracy over ${MEASURE_NAMES[measure]}; the table of runs has the same numbers`}
        fontSize={FONT}
      >
        <rect width={width} height={height} fill="var(--ground)" />
        {smaller && (
          <Adverse
            left={measure === 'speed' ? MARGIN.left : x(smaller.point.x)}
            right={measure === 'speed' ? x(smaller.point.x) : right}
            top={y(smaller.point.y)}
            bottom={bottom}
          />
        )}
        <Axes x={x} y={y} width={width} measure={measure} />
        {smaller && (
          <line
            x1={MARGIN.left}
            x2={right}
            y1={y(smaller.point.y)}
            y2={y(smaller.point.y)}
            stroke="var(--native)"
            strokeDasharray="5 4"
          />
        )}
        {uncompressed && (
          <line
            x1={MARGIN.left}
            x2={right}
            y1={y(uncompressed.y)}
            y2={y(uncompressed.y)}
            stroke={METHOD_COLOURS[UNREDUCED]}
            strokeWidth="1.5"
          />
        )}
        {front.length > 1 && (
          <path d={step(front) ?? ''} fill="none" stroke="var(--ink-faint)" strokeWidth="1" strokeDasharray="1 3" />
        )}
        {lines.map(({ method, points: own }) => (
          <path
            key={method}
            d={path(own) ?? ''}
            fill="none"
            stroke={METHOD_COLOURS[method]}
            strokeWidth="2"
            strokeLinejoin="round"
          />
        ))}
        {points.map((point) => (
          <Mark
            key={point.key}
            point={point}
            x={x(point.x)}
            y={yOf(point)}
            below={y(point.y) > yOf(point)}
            reach={y(0) - y(spread(point))}
          />
        ))}
        {words.map(({ lines: written, box, colour }) => (
          <text
            key={written.join(' ')}
            fill={colour}
            stroke="var(--ground)"
            strokeWidth="3"
            paintOrder="stroke"
            pointerEvents="none"
          >
            {written.map((text, index) => (
              <tspan key={text} x={box.x + 4} y={box.y + FONT + index * LINE}>
                {text}
              </tspan>
            ))}
          </text>
        ))}
        <Legend points={points} front={front.length > 1} width={width} />
      </svg>
    </div>
  );
}

interface AxesProps {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly width: number;
  readonly measure: Measure;
}

function Axes({ x, y, width, measure }: AxesProps) {
  const bottom = HEIGHT - MARGIN.bottom;
  const right = width - MARGIN.right;
  const tick = (value: number): string => String(Number(value.toFixed(6)));
  const yTicks = y.ticks(5);
  const decimals = Math.abs((yTicks[1] ?? 1) - (yTicks[0] ?? 0)) < 0.0099 ? 1 : 0;
  return (
    <>
      {yTicks.map((value) => (
        <g key={value}>
          <line x1={MARGIN.left} x2={right} y1={y(value)} y2={y(value)} stroke="var(--rule)" />
          <text x={MARGIN.left - 8} y={y(value) + 4} textAnchor="end" fill="var(--ink-faint)">
            {(value * 100).toFixed(decimals)} %
          </text>
        </g>
      ))}
      {x.ticks(Math.min(6, Math.floor(width / 80))).map((value) => (
        <text key={value} x={x(value)} y={bottom + 16} textAnchor="middle" fill="var(--ink-faint)">
          {tick(value)}
        </text>
      ))}
      <line x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} stroke="var(--rule-strong)" />
      <text x={right} y={HEIGHT - 6} textAnchor="end" fill="var(--ink-soft)">
        {axisWords(measure)}
      </text>
    </>
  );
}

type Scale = (value: number) => number;

interface Words {
  readonly lines: readonly string[];
  readonly colour: string;
  readonly box: Box;
}

/** The names of the reference lines and of the region between them, each where it covers least. */
function placedWords({
  points,
  lines,
  uncompressed,
  smaller,
  measure,
  x,
  yOf,
  right,
  bottom,
}: {
  points: readonly Point[];
  lines: readonly { readonly points: readonly Point[] }[];
  uncompressed: Point | null;
  smaller: { readonly point: Point; readonly name: string } | null;
  measure: Measure;
  x: Scale;
  yOf: (point: Point) => number;
  right: number;
  bottom: number;
}): Words[] {
  const spotOf = (point: Point): Spot => ({ x: x(point.x), y: yOf(point) });
  const bars = points.flatMap((point) => {
    const { x: centre, y: middle } = spotOf(point);
    const reach = Math.max(8, yOf({ ...point, y: point.y - spread(point) }) - middle);
    return [-10, 0, 10].flatMap((dx) =>
      along([
        { x: centre + dx, y: middle - reach },
        { x: centre + dx, y: middle + reach },
      ]),
    );
  });
  const spots = [...bars, ...lines.flatMap(({ points: own }) => along(own.map(spotOf)))];
  const placed: Words[] = [];
  /** @param corners the left upper corners it may have, for its size. */
  const put = (written: readonly string[], colour: string, corners: (width: number, height: number) => readonly Spot[]): void => {
    const width = Math.max(...written.map((text) => wordsWidth(text, FONT))) + 8;
    const height = LINE * written.length;
    const candidates = corners(width, height).map((corner) => ({ lines: written, colour, box: { ...corner, width, height } }));
    const chosen = leastCovering(
      candidates,
      spots,
      placed.map(({ box }) => box),
    );
    if (chosen) placed.push(chosen);
  };
  const across = (from: number, to: number, parts: readonly number[], rows: readonly number[], width: number): Spot[] =>
    rows.flatMap((row) => parts.map((part) => ({ x: from + part * Math.max(0, to - from - width), y: row })));
  /** Over and under a line across the figure, close to it. */
  const beside = (at: number) => (width: number, height: number) => {
    const rows = [at - height - 2, at + 2, at + 12].filter((top) => top > 0 && top + height < bottom);
    return across(MARGIN.left, right, [0, 1, 0.25, 0.5, 0.75], rows, width);
  };
  if (uncompressed) put([`uncompressed ${percent(uncompressed.y)}`], 'var(--ink)', beside(yOf(uncompressed)));
  if (smaller) {
    const at = yOf(smaller.point);
    put(twoLines(`${smaller.name} ${percent(smaller.point.y)}`), 'var(--ink)', beside(at));
    const edge = x(smaller.point.x);
    const [left, end] = measure === 'speed' ? [MARGIN.left, edge] : [edge, right];
    put(['adverse compression'], 'var(--wrong)', (width, height) => {
      const rows = [bottom - height - 4, (at + bottom - height) / 2, at + 4];
      const fitting = rows.filter((top) => top > at && top + height < bottom);
      return across(left, end, [0.5, 1, 0], fitting, width);
    });
  }
  return placed;
}

/** Below a smaller model without merging, at no less cost than it. */
function Adverse({ left, right, top, bottom }: { left: number; right: number; top: number; bottom: number }) {
  return (
    <rect x={left} y={top} width={Math.max(0, right - left)} height={Math.max(0, bottom - top)} fill="var(--adverse)">
      <title>Adverse compression: a smaller model without merging is as cheap and more accurate</title>
    </rect>
  );
}

function Mark({ point, x, y, below, reach }: { point: Point; x: number; y: number; below: boolean; reach: number }) {
  const hover = usePlayground((state) => state.hover);
  const select = usePlayground((state) => state.select);
  const lit = usePlayground((state) => {
    const id = state.hoveredId ?? state.selectedId;
    return point.members.some((run) => run.id === id);
  });
  const colour = METHOD_COLOURS[point.method];
  const name = methodUnit(point.method).label;
  const [run] = point.runs;
  if (!run) return null;
  const label = `${name}${reduces(point.method) ? ` ${run.configuration.schedule}` : ''}, ${percent(point.y)} ${point.part} accuracy`;
  return (
    <g
      className="mark"
      role="button"
      tabIndex={0}
      aria-label={label}
      onPointerEnter={() => hover(run.id)}
      onPointerLeave={() => hover(null)}
      onFocus={() => hover(run.id)}
      onBlur={() => hover(null)}
      onClick={() => select(run.id)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        select(run.id);
      }}
    >
      <title>{label}</title>
      <circle cx={x} cy={y} r="12" fill="transparent" />
      {reach > 1 && (
        <path
          d={`M${x} ${y - reach}V${y + reach}M${x - 3} ${y - reach}h6M${x - 3} ${y + reach}h6`}
          stroke={colour}
          strokeWidth="1.5"
        />
      )}
      {below && <path d={`M${x - 9} ${y - 1}l-3 4l-3 -4`} fill="none" stroke={colour} strokeWidth="1.5" />}
      <circle
        className="dot"
        data-settled={point.settled}
        cx={x}
        cy={y}
        r={lit ? 7 : 5}
        fill={point.settled ? colour : 'var(--ground)'}
        stroke={!point.settled ? colour : lit ? 'var(--ink)' : 'var(--ground)'}
        strokeWidth={lit || !point.settled ? 2 : 1}
      />
    </g>
  );
}
