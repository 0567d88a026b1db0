import { useEffect, useRef } from 'react';
import type { MergeBlock, MergeMap } from '../../protocol/maps.js';
import { shownMap } from '../../store/facts.js';
import { Choices } from '../common/controls.js';
import { ExplainModulation } from '../common/explanations.js';
import { usePlayground } from '../playground.js';
import { diverging } from './paint.js';
import { largest } from '../../results/maps/regions.js';
import { SimilarityFigure } from './SimilarityFigure.js';
import { OVERLAYS } from '../../store/state/maps.js';

const OVERLAY_NAMES = { none: 'Regions', pairs: 'g_r', strength: 'Strength' } as const;

/** Why a map has no similarities. */
const nothingToShow = (map: MergeMap): string =>
  map.blocks.some(({ mergedRow }) => mergedRow.length > 0)
    ? 'The pairs of this map were drawn, not chosen by their similarity.'
    : 'Nothing merges in this map.';

/** What happened in the block that the scrubber stands on: how alike the merged pairs were, and what PYRA changed in them. */
export function ModulationPanel() {
  const map = usePlayground((state) => shownMap(state, 'first')?.value);
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
      {!map || map.blocks.every((entry) => entry.similarity.length === 0) ? (
        <p className="small faint">
          {map ? nothingToShow(map) : 'The similarity of the pairs that merge, and PYRA’s weights, appear here.'}
        </p>
      ) : (
        <div className="modulation">
          <SimilarityFigure map={map} position={position} />
          {modulated && block && block.similarity.length > 0 ? (
            <Weights map={map} block={block} />
          ) : (
            <p className="small faint">
              {!modulated && map.blocks.every((entry) => entry.pairModulation.length === 0)
                ? 'This map merges without modulation. PYRA’s g_r and g_D appear here for a run that has them.'
                : 'Move the scrubber to a block that merges: PYRA’s g_r and g_D of its pairs appear here.'}
            </p>
          )}
        </div>
      )}
    </section>
  );
}

/** With a true minus sign, and none before a zero. */
const signed = (value: number): string =>
  value
    .toFixed(2)
    .replace(/^-(?=0\.00$)/, '')
    .replace('-', '−');

function range(values: Float32Array): string {
  if (values.length === 0) return '';
  return `${signed(Math.min(...values))} to ${signed(Math.max(...values))}`;
}

function Weights({ map, block }: { map: MergeMap; block: MergeBlock }) {
  const pairs = largest(map, 'pairModulation');
  return (
    <figure className="stack small">
      {pairs === 0 ? (
        <figcaption className="soft">
          g_r is 0 for every pair until it has trained, so this map merges as ToMe does: PYRA starts from there.
        </figcaption>
      ) : (
        <>
          <figcaption className="soft">
            g_r of each pair, most similar first: <span className="number">{range(block.pairModulation)}</span>
          </figcaption>
          <Strip values={block.pairModulation} centre={0} reach={pairs} label="g_r of each pair" />
        </>
      )}
      <p className="soft">
        g_D of each channel{pairs === 0 ? ', drawn at random' : ''}:{' '}
        <span className="number">{range(block.channelModulation)}</span>
      </p>
      <Strip
        values={block.channelModulation}
        centre={1}
        reach={largest(map, 'channelModulation', 1) || 1}
        label="g_D of each channel"
      />
    </figure>
  );
}

/** One coloured cell for each value: white at `centre`, which changes nothing, the full colour at `reach` away from it. */
function Strip({ values, centre, reach, label }: { values: Float32Array; centre: number; reach: number; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    values.forEach((value, index) => {
      context.fillStyle = `rgb(${diverging((value - centre) / reach).join(' ')})`;
      context.fillRect(index, 0, 1, 1);
    });
  }, [values, centre, reach]);
  return (
    <>
      <canvas
        ref={canvas}
        width={Math.max(1, values.length)}
        height={1}
        className="value-strip"
        role="img"
        aria-label={`${label}: ${range(values)}`}
      />
      <p className="line faint number">
        {signed(centre - reach)}
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
        {signed(centre + reach)}
      </p>
    </>
  );
}
