import { scaleLinear } from 'd3-scale';
import type { ReactNode } from 'react';
import { reduces, TRAINING_FREE, UNREDUCED } from '../../../vit/methods/index.js';
import { useWidth } from '../../common/use-width.js';
import { configurationCost } from '../../../vit/cost.js';
import { usePlayground } from '../../playground.js';
import { readSchedule } from '../../../store/schedule.js';
import { FONT, HEIGHT, MARGIN } from './FigureLegend.js';
import type { Measure } from '../../../results/figure/points.js';
import { axisTitle } from '../../../results/figure/titles.js';
import { dataInUse, modelInUse } from '../../../store/facts.js';

interface Known {
  readonly name: string;
  readonly x: number;
}

/** Where runs of each schedule will lie on the axis; known for the current model before any run. */
function useKnown(measure: Measure): Known[] {
  const configuration = usePlayground((state) => state.configuration);
  const architecture = usePlayground((state) => modelInUse(state)?.architecture);
  const classes = usePlayground((state) => dataInUse(state)?.classes.length ?? 0);
  if (!architecture || measure === 'speed') return [];
  const texts = [...new Set(['high', 'low', configuration.schedule])].filter((text) => text !== 'none' && text !== '');
  const known = [...texts, 'none'].flatMap((schedule) => {
    const merging = reduces(configuration.method) ? configuration.method : TRAINING_FREE;
    const method = schedule === 'none' ? UNREDUCED : merging;
    const read = readSchedule({ ...configuration, method, schedule }, architecture);
    if (!read.ok || read.schedule.problems.length > 0) return [];
    const { tokens } = read.schedule;
    const x =
      measure === 'tokens'
        ? (tokens.at(-1) ?? 0)
        : configurationCost({ ...configuration, method }, architecture, tokens, classes).macs / 1e9;
    return [{ name: schedule === 'none' ? 'no merging' : schedule.length > 12 ? 'as set up' : schedule, x }];
  });
  return known.filter((entry, index) => known.findIndex((other) => Math.abs(other.x - entry.x) < 1e-9) === index);
}

/** The axes of the figure before its first point, with the costs of the schedules, which are known. */
export function FigureSketch({ measure, children }: { measure: Measure; children: ReactNode }) {
  const [width, follow] = useWidth(400, 240);
  const known = useKnown(measure);
  const right = width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const most = Math.max(0, ...known.map((entry) => entry.x));
  const x = scaleLinear()
    .domain([0, (most || 1) * 1.06])
    .range([MARGIN.left, right]);
  return (
    <div className="figure figure-sketch" ref={follow}>
      <svg width="100%" height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} fontSize={FONT} aria-hidden>
        {[0.25, 0.5, 0.75].map((part) => (
          <line
            key={part}
            x1={MARGIN.left}
            x2={right}
            y1={MARGIN.top + part * (bottom - MARGIN.top)}
            y2={MARGIN.top + part * (bottom - MARGIN.top)}
            stroke="var(--rule)"
          />
        ))}
        <path d={`M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}`} fill="none" stroke="var(--rule-strong)" />
        <text
          transform={`translate(${MARGIN.left - 12} ${(MARGIN.top + bottom) / 2}) rotate(-90)`}
          textAnchor="middle"
          fill="var(--ink-faint)"
        >
          test accuracy
        </text>
        {known.map(({ name, x: at }, index) => (
          <g key={name}>
            <line x1={x(at)} x2={x(at)} y1={MARGIN.top + 20} y2={bottom} stroke="var(--rule-strong)" strokeDasharray="2 4" />
            <text
              x={x(at)}
              y={MARGIN.top + (index % 2 === 0 ? 0 : 14)}
              textAnchor={x(at) > right - 40 ? 'end' : 'middle'}
              fill="var(--ink-soft)"
            >
              {name}
            </text>
            <text x={x(at)} y={bottom + 16} textAnchor={x(at) > right - 20 ? 'end' : 'middle'} fill="var(--ink-faint)">
              {measure === 'tokens' ? at : Number(at.toPrecision(2))}
            </text>
          </g>
        ))}
        <text x={right} y={HEIGHT - 6} textAnchor="end" fill="var(--ink-soft)">
          {axisTitle({ measure, block: null }, 0)}
        </text>
      </svg>
      <div className="figure-sketch-words small">{children}</div>
    </div>
  );
}
