import type { MergeBlock, MergeMap } from '../../protocol/maps.js';
import { useWidth } from '../common/use-width.js';
import { usePlayground } from '../playground.js';
import { histogram, similarityAxis } from '../../results/maps/regions.js';

const BINS = 12;
const PLOT = 96;
const TOP = 8;
const LEFT = 44;
/** Height for the blocks' numbers, in 12 px type. */
const FOOT = 20;
/** A block's column needs this width to show its number. */
const NUMBERED = 16;

/** A second map to compare with, and the names of the two. */
export interface Beside {
  readonly map: MergeMap;
  readonly names: readonly [string, string];
}

export function medianOf(values: Float32Array): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const written = (value: number): string => value.toFixed(2).replace('-', '−');

/** The figure in words, for screen readers. */
function spoken(map: MergeMap, low: number): string {
  return `Similarity of merged pairs, block by block, from ${written(low)} to 1: ${map.blocks
    .map(({ similarity }, index) =>
      similarity.length === 0
        ? `block ${index + 1} merges none`
        : `block ${index + 1} from ${written(Math.min(...similarity))} to ${written(Math.max(...similarity))}`,
    )
    .join(', ')}`;
}

/**
 * The similarities of the pairs that merged: a histogram for each block, all on one axis. Each is as wide as its fullest bin. The
 * current block is highlighted, and pressing a block goes there. A second map is shown by its median in each block, beside this
 * map's median.
 */
export function SimilarityFigure({ map, beside, position }: { map: MergeMap; beside?: Beside | null; position: number }) {
  const setBlock = usePlayground((state) => state.setBlock);
  const [width, follow] = useWidth(240, 160);
  const { low, least } = similarityAxis(map);
  const pitch = (width - LEFT) / map.blocks.length;
  const chosen = position > 0 ? map.blocks[Math.min(position, map.blocks.length) - 1] : undefined;
  const y = (similarity: number): number => TOP + (1 - (similarity - low) / (1 - low)) * PLOT;
  const every = Math.ceil(NUMBERED / pitch);
  return (
    <figure className="stack" ref={follow}>
      <figcaption className="small soft">
        Cosine similarity of the pairs merged in each block
        {chosen && chosen.similarity.length > 0 && (
          <>
            ; here {chosen.similarity.length}, median <span className="number">{written(medianOf(chosen.similarity))}</span>
          </>
        )}
      </figcaption>
      {beside && <Medians map={map} beside={beside} position={position} />}
      <svg width={width} height={TOP + PLOT + FOOT} className="similarity" role="img" aria-label={spoken(map, low)}>
        <Axis low={low} least={least} width={width} y={y} />
        {map.blocks.map(({ similarity }, index) => {
          const current = index + 1 === position;
          const counts = histogram(similarity, low, BINS);
          const most = Math.max(1, ...counts);
          const x = LEFT + index * pitch;
          const bar = PLOT / BINS;
          return (
            <g key={index} className="similarity-block" onClick={() => setBlock(index + 1)}>
              <rect x={x} y={0} width={pitch} height={TOP + PLOT + FOOT} fill="transparent" />
              {/* One path for all bins: a live map draws every block's anew. */}
              <path
                d={counts
                  .map((count, bin) => {
                    const reach = (count / most) * (pitch - 3);
                    return `M${x + 1} ${TOP + PLOT - (bin + 1) * bar + 0.5}h${reach}v${bar - 1}h${-reach}z`;
                  })
                  .join('')}
                fill={current ? 'var(--accent)' : 'var(--ink-faint)'}
                opacity={current ? 1 : 0.6}
              />
              {beside && <Median block={map.blocks[index]} x={x + pitch / 2} y={y} filled />}
              {beside && <Median block={beside.map.blocks[index]} x={x + pitch / 2} y={y} />}
              {(index % every === every - 1 || index === 0 || current) && pitch * every >= NUMBERED && (
                <text x={x + pitch / 2} y={TOP + PLOT + 16} textAnchor="middle" className="axis-text" data-current={current}>
                  {index + 1}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

function Axis({ low, least, width, y }: { low: number; least: number; width: number; y: (similarity: number) => number }) {
  return [1, (1 + low) / 2, low].map((value) => (
    <g key={value}>
      <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} stroke="var(--rule)" />
      <text x={LEFT - 4} y={y(value) + 4} textAnchor="end" className="axis-text">
        {value === low && least < low ? `≤ ${written(value)}` : written(value)}
      </text>
    </g>
  ));
}

function Median({
  block,
  x,
  y,
  filled = false,
}: {
  block: MergeBlock | undefined;
  x: number;
  y: (similarity: number) => number;
  filled?: boolean;
}) {
  if (!block || block.similarity.length === 0) return null;
  return (
    <circle cx={x} cy={Math.min(TOP + PLOT, y(medianOf(block.similarity)))} r={3.5} className="median" data-filled={filled} />
  );
}

/** The two medians of the current block; it is also the legend of the two circles. */
function Medians({ map, beside, position }: { map: MergeMap; beside: Beside; position: number }) {
  const at = ({ blocks }: MergeMap): string => {
    const block = blocks[position - 1];
    return block && block.similarity.length > 0 ? ` ${written(medianOf(block.similarity))}` : '';
  };
  const { names } = beside;
  return (
    <p className="small line wrap soft">
      Medians:
      {([map, beside.map] as const).map((shown, index) => (
        <span key={names[index]} className="line">
          <svg width="9" height="9" aria-hidden>
            <circle cx="4.5" cy="4.5" r="3.5" className="median" data-filled={index === 0} />
          </svg>
          {names[index]}
          <span className="number">{at(shown)}</span>
        </span>
      ))}
    </p>
  );
}
