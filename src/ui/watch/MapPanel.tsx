import { memo, useMemo, useState } from 'react';
import { modulates, TRAINING_FREE, UNREDUCED } from '../../vit/methods/index.js';
import type { MergeMap } from '../../protocol/maps.js';
import { runById } from '../../store/run-lookup.js';
import { Button, SelectField } from '../common/controls.js';
import { Problem } from '../common/Problem.js';
import { Said } from '../common/Equation.js';
import { thenTo } from '../common/focus/kept-focus.js';
import { Icon } from '../common/Icon.js';
import { capitalised, dataName, milliseconds, modelName } from '../format.js';
import { fileName, savePng, saveText } from '../common/save.js';
import { usePlayground, useStore } from '../playground.js';
import { BlockSlider } from './BlockSlider.js';
import { PairDiagram } from './diagram/PairDiagram.js';
import { usePair } from './diagram/use-pair.js';
import { MapFacts, PointedToken } from './MapFacts.js';
import { keyOf, useSourceLabel, useSources } from './map-sources.js';
import { MapOverlay } from './MapOverlay.js';
import { MergeMapView } from './MergeMapView.js';
import { SVG_SIDE } from '../../results/maps/map-svg.js';
import { mapFigure } from './map-figure.js';
import type { PairOutlines } from '../../results/maps/paint.js';
import type { MapSource, Pane } from '../../store/state/maps.js';
import { dataInUse, foreignClasses, mapWords, pictureWords, problemAt, shownMap } from '../../store/facts.js';

export function MapPanel() {
  const two = usePlayground((state) => state.sources.second !== null);
  return (
    <section className="section map-panel" aria-label="Merge map" data-two={two}>
      <div className="map-main">
        <div className="maps">
          <PaneView pane="first" />
          {two && <PaneView pane="second" />}
        </div>
        <BlockSlider />
        <MapOverlay />
        <PointedToken />
      </div>
      <div className="map-facts">
        <MapFacts />
        <PairDiagram />
      </div>
    </section>
  );
}

function PaneView({ pane }: { pane: Pane }) {
  const shown = usePlayground((state) => shownMap(state, pane));
  const map = shown?.value;
  const words = usePlayground((state) => (map ? mapWords(state, map) : ''));
  const label = useSourceLabel(pane);
  const pair = useOutlines();
  return (
    <figure className="pane">
      <PaneHead pane={pane} drawn={map !== undefined} />
      {map ? (
        <div className="map-frame">
          <MergeMapView map={map} label={shown.before ? `As it was, ${words}` : label} pair={pane === 'first' ? pair : null} />
          {shown.before && (
            <p className="map-before small" title={words}>
              As it was: {words}
            </p>
          )}
        </div>
      ) : (
        <NoMap pane={pane} />
      )}
      {map && <Prediction map={map} />}
      {map && <OtherBackbone pane={pane} />}
      {map && <OtherSize map={map} />}
    </figure>
  );
}

/** Chooses what the pane shows, and saves it. Not drawn again for each live map. @param drawn whether there is a map to save. */
const PaneHead = memo(function PaneHead({ pane, drawn }: { pane: Pane; drawn: boolean }) {
  const source = usePlayground((state) => state.sources[pane]);
  const second = usePlayground((state) => state.sources.second !== null);
  const setSource = usePlayground((state) => state.setSource);
  const closeSecond = usePlayground((state) => state.closeSecond);
  const choices = useSources(pane);
  return (
    <div className="pane-head">
      <SelectField
        id={sourceId(pane)}
        label={pane === 'first' ? 'First map' : 'Second map'}
        value={source ? keyOf(source) : ''}
        choices={choices}
        onChange={(key) => {
          const chosen = choices.find((choice) => choice.value === key);
          if (chosen) void setSource(pane, chosen.source);
        }}
      />
      <span className="line pane-actions">
        {drawn && <SaveMap pane={pane} />}
        {pane === 'first' && !second && <SecondMap />}
        {pane === 'second' && (
          <Button look="quiet" {...thenTo(OPEN_SECOND)} onClick={closeSecond}>
            Close
          </Button>
        )}
      </span>
    </div>
  );
});

/** Ids of the button that opens the second map, and of the list of what a map can show. */
const OPEN_SECOND = 'open-second-map';
const sourceId = (pane: Pane): string => `source-${pane}`;

/** Opens a second map beside the first: of a run's weights on all tokens, or of the backbone under another schedule. */
function SecondMap() {
  const store = useStore();
  const kind = usePlayground((state) => state.sources.first.kind);
  const setSource = usePlayground((state) => state.setSource);
  const openSecond = (): void => {
    const { configuration, sources } = store.getState();
    const other: MapSource =
      sources.first.kind === 'run'
        ? { kind: 'run', runId: sources.first.runId, method: UNREDUCED }
        : { kind: 'backbone', method: TRAINING_FREE, schedule: configuration.schedule === 'low' ? 'high' : 'low' };
    void setSource('second', other);
  };
  return (
    <Button
      id={OPEN_SECOND}
      {...thenTo(sourceId('second'))}
      look="icon"
      aria-label="Show a second map beside this one"
      title={kind === 'run' ? 'Side by side with the same weights on all tokens' : 'Side by side with another schedule'}
      onClick={openSecond}
    >
      <Icon name="split" />
    </Button>
  );
}

/** The outlines of the pair that the diagram explains; none while the blocks play. */
function useOutlines(): PairOutlines | null {
  const pair = usePair()?.pair;
  const playing = usePlayground((state) => state.playing);
  return useMemo(() => (pair && !playing ? { src: pair.src.patches, dst: pair.dst.patches } : null), [pair, playing]);
}

/** Is shown in place of a map: says why there is none, and offers another. */
function NoMap({ pane }: { pane: Pane }) {
  const place = pane === 'first' ? 'map' : 'secondMap';
  const problem = usePlayground((state) => problemAt(state, place));
  const ofRun = usePlayground((state) => state.sources[pane]?.kind === 'run');
  const setSource = usePlayground((state) => state.setSource);
  // Without the data set there is no picture.
  const missing = usePlayground((state) => (dataInUse(state) ? null : (problemAt(state, 'data')?.message ?? null)));
  if (!problem) {
    return (
      <div className="merge-map map-waiting">
        <Said text={missing ?? 'The merge map of the picture appears here.'} />
      </div>
    );
  }
  return (
    <div className="merge-map map-waiting">
      <Problem place={place} />
      {ofRun && <Button onClick={() => void setSource(pane, { kind: 'setup' })}>Show the backbone</Button>}
    </div>
  );
}

/** Says that a run's map is of a backbone other than the one that is set up. */
function OtherBackbone({ pane }: { pane: Pane }) {
  const chosen = usePlayground((state) => state.configuration.model);
  const own = usePlayground((state) => {
    const source = state.sources[pane];
    return source?.kind === 'run' ? runById(state, source.runId)?.configuration.model : undefined;
  });
  if (own === undefined || own === chosen) return null;
  return (
    <p className="small soft">
      This run’s backbone is {modelName(own)}, not {modelName(chosen)} as set up.
    </p>
  );
}

/** Says that the map was computed with more pixels than the run trains with, as photographs are; it has more pairs then. */
function OtherSize({ map }: { map: MergeMap }) {
  const { weights, configuration } = map;
  const run = usePlayground((state) => (weights === 'backbone' ? undefined : runById(state, weights.runId)));
  const trained = run?.configuration.imageSize;
  if (trained === undefined || trained === configuration.imageSize) return null;
  return (
    <p className="small soft">
      This map is of {configuration.imageSize} pixels a side; the run trains with {trained}.
      {modulates(configuration.method) && ' It has more pairs: PYRA’s weights are carried over by the pairs’ rank.'}
    </p>
  );
}

/** Saves the map as it is when it is pressed. */
function SaveMap({ pane }: { pane: Pane }) {
  const store = useStore();
  const [saving, setSaving] = useState(false);
  const save = async (as: 'png' | 'svg'): Promise<void> => {
    const state = store.getState();
    const map = shownMap(state, pane)?.value;
    if (!map) return;
    const position = Math.min(state.block, map.blocks.length);
    const name = fileName(`merge-map-${map.picture.part}-${map.picture.index + 1}-block-${position}`);
    if (as === 'svg') return saveText(`${name}.svg`, mapFigure(map, position), 'image/svg+xml');
    setSaving(true);
    await savePng(`${name}.png`, mapFigure(map, position), SVG_SIDE, SVG_SIDE, 2).finally(() => setSaving(false));
  };
  return (
    <>
      <Button
        look="quiet"
        icon="save"
        className="button save-map"
        disabled={saving}
        aria-label="Save map as PNG"
        onClick={() => void save('png')}
      >
        PNG
      </Button>
      <Button look="quiet" aria-label="Save map as SVG" onClick={() => void save('svg')}>
        SVG
      </Button>
    </>
  );
}

/** The picture's most probable classes, and the time that the forward took. */
function Prediction({ map }: { map: MergeMap }) {
  const { classes, truth } = map;
  const foreign = usePlayground((state) => foreignClasses(state, map));
  const picture = usePlayground((state) => pictureWords(state, map.picture));
  const time = `in ${milliseconds(map.milliseconds)}`;
  if (classes.length === 0) {
    return (
      <figcaption className="prediction small soft">
        <span className="truncate">{truth === null ? capitalised(picture) : `Labelled ${truth}`} · not trained yet</span>
        <span className="number">{time}</span>
      </figcaption>
    );
  }
  const top = [...map.probabilities]
    .map((value, index) => ({ value, name: classes[index] ?? `class ${index + 1}` }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 3);
  const [first, ...others] = top;
  const words = top.map(({ value, name }) => `${name}: ${(value * 100).toFixed(0)} %`).join(', ');
  const wrong = foreign === null && truth !== null && first?.name !== truth;
  return (
    <>
      <figcaption className="prediction small">
        <span className="guesses" title={truth === null ? words : `${words}; labelled ${truth}`}>
          {first && <Guess {...first} right={foreign === null && first.name === truth} />}
          {wrong && (
            <span className="guess soft">
              labelled {truth}
              {classes.includes(truth) ? '' : ', not a class of this head'}
            </span>
          )}
          {others.map((guess) => (
            <Guess key={guess.name} {...guess} right={foreign === null && guess.name === truth} />
          ))}
        </span>
        <span className="number soft">{time}</span>
      </figcaption>
      {foreign !== null && (
        <p className="small soft">
          The run knows the classes of {dataName(foreign)}
          {truth !== null && `; here the picture is labelled ${truth}`}.
        </p>
      )}
    </>
  );
}

/** A class and its probability. */
function Guess({ name, value, right }: { name: string; value: number; right: boolean }) {
  return (
    <span className="guess" data-right={right}>
      <span className="truncate">{name}</span>: <span className="number soft">{(value * 100).toFixed(0)} %</span>
    </span>
  );
}
