import type { RefObject } from 'react';
import { layoutFigure } from '../../../results/figure/layout.js';
import { LINE, type FigureStyle, type Layout, type Words } from '../../../results/figure/parts.js';
import { wordsWidth, type Spot } from '../../../results/figure/labels.js';
import type { Point } from '../../../results/figure/points.js';
import { accuracyTitle, axisTitle, subjectOf, type Axis } from '../../../results/figure/titles.js';
import { UNREDUCED } from '../../../vit/methods/index.js';
import { useRoving } from '../../common/focus/roving.js';
import { useWidth } from '../../common/use-width.js';
import { FONT, HEIGHT, Legend, MARGIN, legendHeight } from './FigureLegend.js';
import { FigureMark } from './FigureMark.js';
import { methodColour } from '../../styles/colours.js';

const RADIUS = 5;

const styleOf = (width: number): FigureStyle => ({
  width,
  height: HEIGHT,
  margin: MARGIN,
  font: FONT,
  radius: RADIUS,
  widthOf: wordsWidth,
});

const TONES: Readonly<Record<Words['tone'], string>> = { ink: 'var(--ink)', soft: 'var(--ink-soft)', wrong: 'var(--wrong)' };

/**
 * Accuracy over GMACs, over measured images per second or over tokens left. Its points can be pressed; its layout is that of the
 * saved figure.
 */
export function CompressionFigure({
  points,
  axis,
  ref,
}: {
  points: readonly Point[];
  axis: Axis;
  ref?: RefObject<SVGSVGElement | null>;
}) {
  const [width, follow] = useWidth(400, 240);
  const layout = layoutFigure(points, axis.measure, styleOf(width));
  const front = layout.front.length > 0;
  const height = HEIGHT + legendHeight(points, front, width);
  const blocks = (points[0]?.runs[0]?.tokens.length ?? 1) - 1;
  const xTitle = axisTitle(axis, blocks);
  return (
    <div ref={follow} className="figure">
      <svg
        ref={ref}
        data-testid="compression-figure"
        viewBox={`0 0 ${width} ${height}`}
        width="100%"
        height={height}
        role="group"
        aria-label={`${accuracyTitle(points)} over ${xTitle}, ${subjectOf(points)}; the table of runs has the same numbers`}
        fontSize={FONT}
      >
        {layout.adverse && <Adverse {...layout.adverse} />}
        <Axes layout={layout} yTitle={accuracyTitle(points)} xTitle={xTitle} />
        <Lines layout={layout} />
        <Marks marks={layout.marks} />
        {layout.words.map((words) => (
          <PlacedWords key={`${words.lines.join(' ')} ${words.box.x}`} words={words} />
        ))}
        <Legend points={points} front={front} width={width} />
      </svg>
    </div>
  );
}

/** The points, one stop of Tab: the arrow keys lead from one to the next. */
function Marks({ marks }: Pick<Layout, 'marks'>) {
  return (
    <g {...useRoving<SVGGElement>()}>
      {marks.map((mark) => (
        <FigureMark key={mark.point.key} mark={mark} />
      ))}
    </g>
  );
}

function Axes({ layout: { xTicks, yTicks, right, bottom }, yTitle, xTitle }: { layout: Layout; yTitle: string; xTitle: string }) {
  return (
    <>
      {yTicks.map(({ at, words }) => (
        <g key={words}>
          <line x1={MARGIN.left} x2={right} y1={at} y2={at} stroke="var(--rule)" />
          <text x={MARGIN.left - 6} y={at + 4} textAnchor="end" fill="var(--ink-faint)">
            {words}
          </text>
        </g>
      ))}
      {xTicks.map(({ at, words }) => (
        <text key={words} x={at} y={bottom + 16} textAnchor="middle" fill="var(--ink-faint)">
          {words}
        </text>
      ))}
      <line x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} stroke="var(--rule-strong)" />
      <text x={right} y={HEIGHT - 6} textAnchor="end" fill="var(--ink-soft)">
        {xTitle}
      </text>
      <text transform={`translate(10 ${(MARGIN.top + bottom) / 2}) rotate(-90)`} textAnchor="middle" fill="var(--ink-soft)">
        {yTitle}
      </text>
    </>
  );
}

const path = (spots: readonly Spot[]): string => spots.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');

function Lines({ layout: { right, uncompressed, smaller, chance, front, lines } }: { layout: Layout }) {
  const across = (y: number | null, stroke: string, dash?: string) =>
    y !== null && <line x1={MARGIN.left} x2={right} y1={y} y2={y} stroke={stroke} strokeWidth="1.5" strokeDasharray={dash} />;
  return (
    <>
      {across(smaller, 'var(--native)', '5 4')}
      {across(uncompressed, methodColour(UNREDUCED))}
      {across(chance, 'var(--ink-faint)', '1 4')}
      {front.length > 0 && <path d={path(front)} fill="none" stroke="var(--ink-faint)" strokeWidth="1" strokeDasharray="1 3" />}
      {lines.map(({ method, spots }) => (
        <path
          key={`${method} ${path(spots)}`}
          d={path(spots)}
          fill="none"
          stroke={methodColour(method)}
          strokeWidth="2"
          strokeLinejoin="round"
        />
      ))}
    </>
  );
}

/** The region of adverse compression: less accurate than a smaller model without merging, at the same cost or more. */
function Adverse(box: { x: number; y: number; width: number; height: number }) {
  return (
    <rect {...box} fill="var(--adverse)">
      <title>Adverse compression: a smaller model without merging costs no more and is more accurate</title>
    </rect>
  );
}

function PlacedWords({ words: { lines, tone, box, leader } }: { words: Words }) {
  return (
    <g pointerEvents="none">
      {leader && <line x1={leader.x} x2={leader.x} y1={leader.from} y2={leader.to} stroke={TONES[tone]} strokeWidth="0.75" />}
      <text fill={TONES[tone]} stroke="var(--ground)" strokeWidth="3" paintOrder="stroke">
        {lines.map((line, index) => (
          <tspan key={line} x={box.x + FONT / 3} y={box.y + FONT + index * FONT * LINE}>
            {line}
          </tspan>
        ))}
      </text>
    </g>
  );
}
