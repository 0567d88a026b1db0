import type { MergedPair } from '../../../results/maps/pair.js';
import type { MergeBlock } from '../../../protocol/maps.js';
import { useWidth } from '../../common/use-width.js';

const HEIGHT = 88;
const TOP = 20;
const BOTTOM = HEIGHT - 20;

/** The two sets of a block's tokens with a line for each pair that merges; the explained pair is highlighted. */
export function Bipartite({ block, pair, tokens }: { block: MergeBlock; pair: MergedPair; tokens: number }) {
  const [width, follow] = useWidth(240, 160);
  const evens = Math.ceil(tokens / 2);
  const odds = Math.floor(tokens / 2);
  const pitch = (width - 8) / evens;
  const x = (place: number): number => 4 + (place + 0.5) * pitch;
  const dot = Math.max(0.8, Math.min(2.5, pitch * 0.32));
  const line = (rank: number): { x1: number; y1: number; x2: number; y2: number } => ({
    x1: x((block.mergedRow[rank] ?? 0) / 2),
    y1: TOP,
    x2: x(((block.keptRow[rank] ?? 1) - 1) / 2),
    y2: BOTTOM,
  });
  return (
    <div ref={follow}>
      <svg
        width={width}
        height={HEIGHT}
        className="bipartite"
        role="img"
        aria-label={`${evens} tokens in set A, ${odds} in set B, ${pair.pairs} pairs; this pair: ${pair.src.row / 2 + 1} of A with ${(pair.dst.row + 1) / 2} of B`}
      >
        <text x={4} y={12} className="axis-text">
          A: {evens} tokens, every other one
        </text>
        <text x={4} y={HEIGHT - 4} className="axis-text">
          B: the {odds} others
        </text>
        {Array.from({ length: evens }, (_, place) => (
          <circle key={`a${place}`} cx={x(place)} cy={TOP} r={dot} className="set-a" />
        ))}
        {Array.from({ length: odds }, (_, place) => (
          <circle key={`b${place}`} cx={x(place)} cy={BOTTOM} r={dot} className="set-b" />
        ))}
        {Array.from({ length: pair.pairs }, (_, rank) => (
          <line key={rank} {...line(rank)} className="pair-line" />
        ))}
        <line {...line(pair.rank)} className="pair-line" data-current />
        <circle cx={x(pair.src.row / 2)} cy={TOP} r={dot + 2} className="pair-end" />
        <circle cx={x((pair.dst.row - 1) / 2)} cy={BOTTOM} r={dot + 2} className="pair-end" />
      </svg>
    </div>
  );
}
