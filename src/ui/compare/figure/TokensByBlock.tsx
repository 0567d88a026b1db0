import { scaleLinear } from 'd3-scale';
import { dodged } from '../../../results/figure/dodge.js';
import { scheduleOfPoint, type Point } from '../../../results/figure/points.js';
import { useWidth } from '../../common/use-width.js';
import { Choices } from '../../common/controls.js';
import { FONT } from './FigureLegend.js';

const HEIGHT = 128;
const MARGIN = { top: 8, right: 72, bottom: 20, left: 62 };

/** A line for each different list of tokens left, the most tokens first; named after the schedule of its first point. */
function seriesOf(points: readonly Point[]): { readonly name: string; readonly tokens: readonly number[] }[] {
  const series = new Map<string, { name: string; tokens: readonly number[] }>();
  for (const point of points) {
    const tokens = point.runs[0]?.tokens ?? [];
    const key = tokens.join(' ');
    if (!series.has(key)) series.set(key, { name: scheduleOfPoint(point) || 'no merging', tokens });
  }
  return [...series.values()].sort((a, b) => (b.tokens.at(-1) ?? 0) - (a.tokens.at(-1) ?? 0));
}

/** The words beside a line: its name, or how many tokens are left where the name is long or another line's; none beside an equal end. */
function labelOf(series: ReturnType<typeof seriesOf>, index: number): string {
  const { name, tokens } = series[index] ?? { name: '', tokens: [] };
  const before = series.slice(0, index).filter((other) => other.name === name);
  if (before.some((other) => other.tokens.at(-1) === tokens.at(-1))) return '';
  return before.length > 0 || name.length > 11 ? `${tokens.at(-1) ?? 0} left` : name;
}

/** Tokens left after each block, and the block after which the figure counts them. */
export function TokensByBlock({
  points,
  block,
  onChange,
}: {
  points: readonly Point[];
  block: number | null;
  onChange: (block: number | null) => void;
}) {
  const series = seriesOf(points);
  const blocks = Math.max(...series.map(({ tokens }) => tokens.length)) - 1;
  const chosen = block ?? blocks;
  return (
    <div className="stack">
      <Lines series={series} blocks={blocks} chosen={chosen} />
      <div className="line wrap small">
        <span id="tokens-block">Counted after block</span>
        <Choices
          small
          label="Block after which tokens are counted"
          value={String(chosen)}
          choices={Array.from({ length: blocks }, (_, index) => ({ value: String(index + 1), label: String(index + 1) }))}
          onChange={(value) => onChange(Number(value) === blocks ? null : Number(value))}
        />
      </div>
    </div>
  );
}

function Lines({ series, blocks, chosen }: { series: ReturnType<typeof seriesOf>; blocks: number; chosen: number }) {
  const [width, follow] = useWidth(400, 240);
  const right = width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const x = scaleLinear().domain([0, blocks]).range([MARGIN.left, right]);
  const y = scaleLinear()
    .domain([0, Math.max(...series.map(({ tokens }) => tokens[0] ?? 0))])
    .range([bottom, MARGIN.top]);
  const labels = dodged(
    series.map(({ tokens }) => y(tokens.at(-1) ?? 0)),
    FONT + 2,
    [MARGIN.top, bottom],
  );
  const words = series.map(({ name, tokens }) => `${name}: ${tokens.join(', ')}`).join('; ');
  return (
    <div ref={follow}>
      <svg
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        fontSize={FONT}
        role="img"
        aria-label={`Tokens left by block. ${words}`}
      >
        {y.ticks(3).map((value) => (
          <g key={value}>
            <line x1={MARGIN.left} x2={right} y1={y(value)} y2={y(value)} stroke="var(--rule)" />
            <text x={MARGIN.left - 6} y={y(value) + 4} textAnchor="end" fill="var(--ink-faint)">
              {value}
            </text>
          </g>
        ))}
        <line x1={x(chosen)} x2={x(chosen)} y1={MARGIN.top} y2={bottom} stroke="var(--accent)" strokeDasharray="2 3" />
        {series.map(({ tokens }, index) => (
          <g key={tokens.join(' ')}>
            <path
              d={tokens.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`).join('')}
              fill="none"
              stroke="var(--ink-soft)"
              strokeWidth="1.5"
            />
            {tokens[chosen] !== undefined && <circle cx={x(chosen)} cy={y(tokens[chosen])} r="3" fill="var(--ink)" />}
            <text x={right + 6} y={(labels[index] ?? 0) + 4} fill="var(--ink)">
              {labelOf(series, index)}
            </text>
          </g>
        ))}
        <text x={MARGIN.left} y={HEIGHT - 4} fill="var(--ink-faint)">
          tokens left by block
        </text>
        <text x={right} y={HEIGHT - 4} textAnchor="end" fill="var(--ink-faint)">
          {blocks}
        </text>
      </svg>
    </div>
  );
}
