import { useEffect, useRef } from 'react';
import type { MergeBlock } from '../../protocol/maps.js';
import { OVERLAYS, shownMap } from '../../store/maps.js';
import { Choices } from '../common/controls.js';
import { ExplainModulation } from '../common/explanations.js';
import { usePlayground } from '../playground.js';
import { diverging } from './paint.js';
import { histogram } from './regions.js';

const OVERLAY_NAMES = { none: 'Regions', pairs: 'g_r', strength: 'Strength' } as const;
const BINS = 24;

/** What happened in the block that the scrubber stands on: how alike the merged pairs were, and what PYRA changed in them. */
export function ModulationPanel() {
  const map = usePlayground((state) => shownMap(state, 'first'));
  const position = usePlayground((state) => state.block);
  const overlay = usePlayground((state) => state.overlay);
  const setOverlay = usePlayground((state) => state.setOverlay);
  const block = map && position > 0 ? map.blocks[Math.min(position, map.blocks.length) - 1] : undefined;
  const modulated = (block?.pairModulation.length ?? 0) > 0;
  return (
    <section className="inside stack" aria-labelledby="modulation-heading">
      <div className="section-head">
        <h2 id="modulation-heading" className="line">
          {block ? `Inside block ${position}` : 'Inside a block'} <ExplainModulation />
        </h2>
      </div>
      <Choices
        small
        label="Drawn over the picture"
        value={overlay}
        choices={OVERLAYS.map((value) => ({ value, label: OVERLAY_NAMES[value] }))}
        onChange={setOverlay}
      />
      {!block || block.similarity.length === 0 ? (
        <p className="small faint">
          {block
            ? 'Nothing merges in this block.'
            : 'Move the scrubber to a block: the similarity of its pairs and PYRA’s weights appear here.'}
        </p>
      ) : (
        <div className="modulation">
          <Histogram block={block} />
          {modulated ? (
            <Weights block={block} />
          ) : (
            <p className="small faint">
              This map merges without modulation. PYRA’s g_r and g_D appear here for a run that has them.
            </p>
          )}
        </div>
      )}
    </section>
  );
}

function Histogram({ block }: { block: MergeBlock }) {
  const counts = histogram(block.similarity, BINS);
  const most = Math.max(1, ...counts);
  const sorted = [...block.similarity].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return (
    <figure className="stack">
      <figcaption className="small soft">
        Cosine similarity of {block.similarity.length} merged {block.similarity.length === 1 ? 'pair' : 'pairs'}, median{' '}
        <span className="number">{median.toFixed(2)}</span>
      </figcaption>
      <svg
        viewBox="0 0 240 64"
        className="histogram"
        role="img"
        aria-label={`Histogram of similarity from -1 to 1: ${counts.join(', ')}`}
      >
        {counts.map((count, bin) => (
          <rect
            key={bin}
            x={bin * 10 + 0.5}
            width={9}
            y={50 - (count / most) * 46}
            height={(count / most) * 46}
            fill="var(--ink-soft)"
          />
        ))}
        <line x1="0" x2="240" y1="50.5" y2="50.5" stroke="var(--rule-strong)" />
        {[-1, 0, 1].map((value) => (
          <text
            key={value}
            x={((value + 1) / 2) * 240}
            y="62"
            textAnchor={value === -1 ? 'start' : value === 1 ? 'end' : 'middle'}
            className="bar-axis-text"
          >
            {String(value).replace('-', '−')}
          </text>
        ))}
      </svg>
    </figure>
  );
}

function range(values: Float32Array): string {
  if (values.length === 0) return '';
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`.replaceAll('-', '−');
}

function Weights({ block }: { block: MergeBlock }) {
  return (
    <figure className="stack small">
      <figcaption className="soft">
        g_r of each pair, most similar first: <span className="number">{range(block.pairModulation)}</span>
      </figcaption>
      <Strip values={block.pairModulation} centre={0} label="g_r of each pair" />
      <p className="soft">
        g_D of each channel: <span className="number">{range(block.channelModulation)}</span>
      </p>
      <Strip values={block.channelModulation} centre={1} label="g_D of each channel" />
      {block.pairModulation.every((value) => value === 0) ? (
        <p className="faint">PYRA starts equal to ToMe: g_r is 0 until it has trained.</p>
      ) : (
        <Legend />
      )}
    </figure>
  );
}

/** One coloured cell for each value; `centre` is the value that changes nothing, one away from it the full colour. */
function Strip({ values, centre, label }: { values: Float32Array; centre: number; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    values.forEach((value, index) => {
      context.fillStyle = `rgb(${diverging(value - centre).join(' ')})`;
      context.fillRect(index, 0, 1, 1);
    });
  }, [values, centre]);
  return (
    <canvas
      ref={canvas}
      width={Math.max(1, values.length)}
      height={1}
      className="value-strip"
      role="img"
      aria-label={`${label}: ${range(values)}`}
    />
  );
}

function Legend() {
  return (
    <p className="line faint">
      <span>weaker</span>
      <svg width="80" height="8" aria-hidden>
        {Array.from({ length: 16 }, (_, index) => (
          <rect
            key={index}
            x={index * 5}
            width="5"
            height="8"
            fill={`rgb(${diverging(index / 7.5 - 1)
              .map(Math.round)
              .join(' ')})`}
          />
        ))}
      </svg>
      <span>stronger</span>
    </p>
  );
}
