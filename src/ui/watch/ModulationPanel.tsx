import { memo, useDeferredValue } from 'react';
import type { MergeBlock, MergeMap } from '../../protocol/maps.js';
import { modulates } from '../../vit/methods/index.js';
import { shownMap } from '../../store/facts.js';
import { runById } from '../../store/run-lookup.js';
import { Notation } from '../common/Equation.js';
import { ExplainModulation } from '../common/explanations.js';
import { Button } from '../common/controls.js';
import { usePlayground } from '../playground.js';
import { diverging } from '../../results/maps/paint.js';
import { largest } from '../../results/maps/regions.js';
import { signed } from './diagram/numbers.js';
import { ValueStrip } from './diagram/ValueStrip.js';
import { withoutModulation } from './map-sources.js';
import { SimilarityFigure, type Beside } from './SimilarityFigure.js';

/** Why a map has no similarities. */
const nothingToShow = (map: MergeMap): string =>
  map.blocks.some(({ mergedRow }) => mergedRow.length > 0)
    ? 'The pairs of this map were drawn at random, not chosen by their similarity.'
    : 'Nothing merges in this map.';

/** All pairs of the current block: how similar they were, and what PYRA changed in them. Deferred, so that a live map delays no click. */
export function ModulationPanel() {
  const map = useDeferredValue(usePlayground((state) => shownMap(state, 'first')?.value));
  const second = useDeferredValue(usePlayground((state) => shownMap(state, 'second')?.value));
  return <AllPairs map={map} second={second} />;
}

const AllPairs = memo(function AllPairs({ map, second }: { map: MergeMap | undefined; second: MergeMap | undefined }) {
  const beside = map && second ? besideOf(map, second) : null;
  const position = usePlayground((state) => state.block);
  const block = map && position > 0 ? map.blocks[Math.min(position, map.blocks.length) - 1] : undefined;
  const modulated = map !== undefined && modulates(map.configuration.method);
  return (
    <section className="section inside stack" aria-labelledby="modulation-heading">
      <div className="section-head">
        <h2 id="modulation-heading" className="line">
          {block ? `All pairs of block ${position}` : 'All pairs of a block'} <ExplainModulation />
        </h2>
      </div>
      {!map || map.blocks.every((entry) => entry.similarity.length === 0) ? (
        <p className="small faint">
          {map ? nothingToShow(map) : 'The similarity of the pairs that merge, and PYRA’s weights, appear here.'}
        </p>
      ) : (
        <div className="modulation">
          <div className="stack">
            <SimilarityFigure map={map} beside={beside} position={position} />
            <WithoutModulation />
          </div>
          {modulated && block && block.similarity.length > 0 ? (
            <Weights map={map} block={block} />
          ) : (
            <p className="small faint">
              {!modulated
                ? 'This map merges without modulation. PYRA’s weights appear here for a run that has them.'
                : 'Move the slider to a block that merges: PYRA’s weights of its pairs appear here.'}
            </p>
          )}
        </div>
      )}
    </section>
  );
});

/** The second map, if its pairs can be compared with the first's: both were chosen by similarity. */
function besideOf(first: MergeMap, second: MergeMap): Beside | null {
  const chosen = (map: MergeMap): boolean => map.blocks.some(({ similarity }) => similarity.length > 0);
  if (!chosen(first) || !chosen(second) || first.blocks.length !== second.blocks.length) return null;
  const same = first.weights !== 'backbone' && second.weights !== 'backbone' && first.weights.runId === second.weights.runId;
  const modulated = [first, second].map(({ configuration }) => modulates(configuration.method));
  return {
    map: second,
    names: same && modulated[0] && !modulated[1] ? ['with PYRA', 'without'] : ['first map', 'second map'],
  };
}

/** For a run with PYRA's modulation, offers the map of the same weights without it. */
function WithoutModulation() {
  const runId = usePlayground(({ sources: { first } }) => (first.kind === 'run' && !first.method ? first.runId : null));
  const second = usePlayground((state) => state.sources.second);
  const run = usePlayground((state) => runById(state, runId));
  const setSource = usePlayground((state) => state.setSource);
  if (runId === null || !run || !modulates(run.configuration.method)) return null;
  if (second?.kind === 'run' && second.runId === runId && second.method) return null;
  return (
    <div>
      <Button onClick={() => void setSource('second', withoutModulation(runId))}>
        Show the same weights without PYRA beside it
      </Button>
    </div>
  );
}

function range(values: Float32Array): string {
  if (values.length === 0) return '';
  return `${signed(Math.min(...values))} to ${signed(Math.max(...values))}`;
}

/** PYRA's weights in one block: g_r of each pair and g_D of each channel, as far as the method has them. */
function Weights({ map, block: { pairModulation, channelModulation } }: { map: MergeMap; block: MergeBlock }) {
  const pairs = largest(map, 'pairModulation');
  const untrained = pairModulation.length > 0 && pairs === 0;
  return (
    <figure className="stack small">
      {untrained && (
        <figcaption className="soft">
          <Notation text="g_r" /> is 0 for every pair until it is trained: PYRA starts as ToMe, and this map merges as ToMe does.
        </figcaption>
      )}
      {pairModulation.length > 0 && !untrained && (
        <>
          <figcaption className="soft">
            Weight <Notation text="g_r" /> of each pair, most similar first:{' '}
            <span className="number">{range(pairModulation)}</span>
          </figcaption>
          <Strip values={pairModulation} centre={0} reach={pairs} label="g r of each pair" />
        </>
      )}
      {channelModulation.length > 0 && (
        <>
          <p className="soft">
            Weight <Notation text="g_D" /> of each channel{untrained ? ', drawn at random' : ''}:{' '}
            <span className="number">{range(channelModulation)}</span>
          </p>
          <Strip
            values={channelModulation}
            centre={1}
            reach={largest(map, 'channelModulation', 1) || 1}
            label="g D of each channel"
          />
        </>
      )}
    </figure>
  );
}

/** The values as colours, and the scale of the colours under them. */
function Strip({ values, centre, reach, label }: { values: Float32Array; centre: number; reach: number; label: string }) {
  return (
    <>
      <ValueStrip values={values} centre={centre} reach={reach} label={`${label}: ${range(values)}`} />
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
