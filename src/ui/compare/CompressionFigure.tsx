import { scaleLinear } from 'd3-scale';
import { curveStepAfter, curveStepBefore, line } from 'd3-shape';
import type { ReactNode, RefObject } from 'react';
import { METHOD_STYLE } from '../common/methods.js';
import { useWidth } from '../common/useWidth.js';
import { percent } from '../format.js';
import { usePlayground } from '../playground.js';
import { linesOf, paretoFront, referencesOf, type Measure, type Point } from './figureData.js';

const HEIGHT = 300;
const MARGIN = { top: 16, right: 16, bottom: 40, left: 48 };
const FONT = 12;

export const MEASURE_NAMES: Readonly<Record<Measure, string>> = { macs: 'GMACs', speed: 'img/s', tokens: 'Tokens left' };

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
  const lowest = Math.min(...points.map((point) => point.y - spread(point)));
  const highest = Math.max(...points.map((point) => point.y + spread(point)));
  const pad = Math.max(0.02, (highest - lowest) * 0.12);
  const xs = points.map((point) => point.x);
  const x = scaleLinear()
    .domain([0, Math.max(...xs) * 1.06])
    .range([MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear()
    .domain([Math.max(0, lowest - pad), Math.min(1, highest + pad)])
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const path = line<Point>()
    .x((point) => x(point.x))
    .y((point) => y(point.y));
  // Each step keeps the accuracy of the cheaper run until a dearer one beats it.
  const step = line<Point>()
    .x((point) => x(point.x))
    .y((point) => y(point.y))
    .curve(measure === 'speed' ? curveStepBefore : curveStepAfter);
  const mega = measure === 'macs' && (x.domain()[1] ?? 1) < 0.1;
  const tick = (value: number): string => (mega ? String(Number((value * 1000).toFixed(3))) : String(Number(value.toFixed(6))));
  return (
    <div ref={follow} className="figure">
      <svg
        ref={ref}
        data-testid="compression-figure"
        viewBox={`0 0 ${width} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        role="group"
        aria-label={`Accuracy over ${MEASURE_NAMES[measure]}; the table of runs has the same numbers`}
        fontSize={FONT}
      >
        {y.ticks(5).map((value) => (
          <g key={value}>
            <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(value)} y2={y(value)} stroke="var(--rule)" />
            <text x={MARGIN.left - 8} y={y(value) + 4} textAnchor="end" fill="var(--ink-faint)">
              {(value * 100).toFixed(0)} %
            </text>
          </g>
        ))}
        {x.ticks(Math.min(6, Math.floor(width / 80))).map((value) => (
          <text key={value} x={x(value)} y={HEIGHT - MARGIN.bottom + 16} textAnchor="middle" fill="var(--ink-faint)">
            {tick(value)}
          </text>
        ))}
        <line
          x1={MARGIN.left}
          x2={width - MARGIN.right}
          y1={HEIGHT - MARGIN.bottom}
          y2={HEIGHT - MARGIN.bottom}
          stroke="var(--rule-strong)"
        />
        <text x={width - MARGIN.right} y={HEIGHT - 6} textAnchor="end" fill="var(--ink-soft)">
          {measure === 'macs'
            ? `${mega ? 'MMACs' : 'GMACs'} of one forward`
            : measure === 'speed'
              ? 'measured inference, images/s'
              : 'tokens left after the last block'}
        </text>
        {smaller && <Adverse point={smaller.point} measure={measure} x={x} y={y} width={width} />}
        {uncompressed && (
          <line
            x1={MARGIN.left}
            x2={width - MARGIN.right}
            y1={y(uncompressed.y)}
            y2={y(uncompressed.y)}
            stroke="var(--method-none)"
            strokeWidth="1.5"
          />
        )}
        {front.length > 1 && (
          <path d={step(front) ?? ''} fill="none" stroke="var(--ink-faint)" strokeWidth="1" strokeDasharray="1 3" />
        )}
        {linesOf(points).map(({ method, points: own }) => (
          <path
            key={method}
            d={path(own) ?? ''}
            fill="none"
            stroke={METHOD_STYLE[method].colour}
            strokeWidth="2"
            strokeLinejoin="round"
          />
        ))}
        {points.map((point) => (
          <Mark key={point.key} point={point} x={x(point.x)} y={y(point.y)} reach={y(0) - y(spread(point))} />
        ))}
        {uncompressed && (
          <Label x={MARGIN.left + 6} y={y(uncompressed.y) - 6} anchor="start">
            uncompressed {percent(uncompressed.y)}
          </Label>
        )}
        {smaller && (
          <Label x={width - MARGIN.right - 6} y={y(smaller.point.y) + 16} anchor="end">
            {smaller.name} {percent(smaller.point.y)}
          </Label>
        )}
      </svg>
      <Legend points={points} front={front.length > 1} />
    </div>
  );
}

type Scale = (value: number) => number;

/** Words on the plot, readable over what is under them. */
function Label({ x, y, anchor, children }: { x: number; y: number; anchor: 'start' | 'middle' | 'end'; children: ReactNode }) {
  return (
    <text
      x={x}
      y={y}
      textAnchor={anchor}
      fill="var(--ink)"
      stroke="var(--ground)"
      strokeWidth="3"
      paintOrder="stroke"
      pointerEvents="none"
    >
      {children}
    </text>
  );
}

/** Below a smaller model without merging, at no less cost than it. */
function Adverse({ point, measure, x, y, width }: { point: Point; measure: Measure; x: Scale; y: Scale; width: number }) {
  const left = measure === 'speed' ? MARGIN.left : x(point.x);
  const right = measure === 'speed' ? x(point.x) : width - MARGIN.right;
  const top = y(point.y);
  const bottom = HEIGHT - MARGIN.bottom;
  return (
    <g>
      <rect x={left} y={top} width={Math.max(0, right - left)} height={Math.max(0, bottom - top)} fill="var(--adverse)" />
      <line x1={MARGIN.left} x2={width - MARGIN.right} y1={top} y2={top} stroke="var(--native)" strokeDasharray="5 4" />
      {bottom - top > 40 && (
        <text x={(left + right) / 2} y={bottom - 10} textAnchor="middle" fill="var(--wrong)">
          adverse compression
        </text>
      )}
    </g>
  );
}

function Mark({ point, x, y, reach }: { point: Point; x: number; y: number; reach: number }) {
  const hover = usePlayground((state) => state.hover);
  const select = usePlayground((state) => state.select);
  const lit = usePlayground((state) => {
    const id = state.hoveredId ?? state.selectedId;
    return point.runs.some((run) => run.id === id);
  });
  const { colour, name } = METHOD_STYLE[point.method];
  const [run] = point.runs;
  if (!run) return null;
  const label = `${name}${point.method === 'none' ? '' : ` ${run.configuration.schedule}`}, ${percent(point.y)} ${point.part} accuracy`;
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

function Legend({ points, front }: { points: readonly Point[]; front: boolean }) {
  const methods = [...new Set(points.map((point) => point.method))];
  return (
    <ul className="legend small soft" aria-hidden>
      {methods.map((method) => (
        <li key={method} className="line">
          <svg width="10" height="10">
            <circle cx="5" cy="5" r="4.5" fill={METHOD_STYLE[method].colour} />
          </svg>
          {METHOD_STYLE[method].name}
        </li>
      ))}
      {points.some((point) => !point.settled) && (
        <li className="line">
          <svg width="10" height="10">
            <circle cx="5" cy="5" r="4" fill="none" stroke="var(--ink-soft)" strokeWidth="2" />
          </svg>
          not finished
        </li>
      )}
      {front && (
        <li className="line">
          <svg width="20" height="4">
            <line x1="0" x2="20" y1="2" y2="2" stroke="var(--ink-faint)" strokeDasharray="1 3" />
          </svg>
          Pareto front
        </li>
      )}
    </ul>
  );
}
