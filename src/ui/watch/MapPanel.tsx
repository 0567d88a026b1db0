import { useState } from 'react';
import type { Method } from '../../protocol/configuration.js';
import type { MergeMap } from '../../protocol/maps.js';
import { shownMap, type MapSource, type Pane } from '../../store/maps.js';
import { hasWeights, visibleRuns } from '../../store/runs.js';
import { Button, Problem, SelectField, type Choice } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { fileName, savePng, saveText } from '../common/save.js';
import { usePlayground, useStore } from '../playground.js';
import { BlockSlider } from './BlockSlider.js';
import { MapFacts } from './MapFacts.js';
import { ModulationPanel } from './ModulationPanel.js';
import { MergeMapView } from './MergeMapView.js';
import { mapSvg, SVG_SIDE } from './mapSvg.js';

/** A map's source as a value of a list, and back. */
function keyOf(source: MapSource): string {
  switch (source.kind) {
    case 'setup':
      return 'setup';
    case 'backbone':
      return `backbone ${source.method} ${source.schedule}`;
    case 'run':
      return `run ${source.runId}${source.merging ? '' : ' all'}`;
    case 'epoch':
      return `epoch ${source.epoch}`;
  }
}

interface SourceChoice extends Choice<string> {
  readonly source: MapSource;
}

function useSources(pane: Pane): SourceChoice[] {
  const runs = usePlayground((state) => state.runs);
  const deleting = usePlayground((state) => state.deleting);
  const epochMaps = usePlayground((state) => state.epochMaps);
  const activeId = usePlayground((state) => state.activeId);
  const schedule = usePlayground((state) => state.configuration.schedule);
  const source = usePlayground((state) => state.sources[pane]);
  const choices: SourceChoice[] = [];
  const add = (entry: MapSource, label: string): void => {
    choices.push({ value: keyOf(entry), label, source: entry });
  };
  add({ kind: 'setup' }, activeId === null ? 'Backbone, as set up' : 'The run that trains');
  if (pane === 'second') {
    const others = new Map<string, Method>([
      ['none', 'none'],
      ['low', 'tome'],
      ['high', 'tome'],
    ]);
    if (!others.has(schedule)) others.set(schedule, 'tome');
    for (const [text, method] of others)
      add({ kind: 'backbone', method, schedule: text }, `Backbone, ${method === 'none' ? 'no merging' : text}`);
    for (const map of epochMaps) {
      if (map.weights !== 'backbone')
        add({ kind: 'epoch', epoch: map.weights.epoch }, `This run after epoch ${map.weights.epoch}`);
    }
  }
  for (const run of visibleRuns({ runs, deleting })) {
    if (run.id === activeId || !hasWeights(run)) continue;
    add({ kind: 'run', runId: run.id, merging: true }, run.name);
    if (pane === 'second' && run.configuration.method !== 'none') {
      add({ kind: 'run', runId: run.id, merging: false }, `${run.name}, without merging`);
    }
  }
  if (source && !choices.some((choice) => choice.value === keyOf(source))) add(source, 'No longer there');
  return choices;
}

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
      </div>
      <div className="map-facts">
        <MapFacts />
        <ModulationPanel />
      </div>
    </section>
  );
}

function PaneView({ pane }: { pane: Pane }) {
  const store = useStore();
  const map = usePlayground((state) => shownMap(state, pane));
  const source = usePlayground((state) => state.sources[pane]);
  const second = usePlayground((state) => state.sources.second !== null);
  const setSource = usePlayground((state) => state.setSource);
  const closeSecond = usePlayground((state) => state.closeSecond);
  const choices = useSources(pane);
  const label = choices.find((choice) => source && choice.value === keyOf(source))?.label ?? '';
  const openSecond = (): void => {
    const { configuration, sources } = store.getState();
    const other: MapSource =
      sources.first.kind === 'run'
        ? { kind: 'run', runId: sources.first.runId, merging: false }
        : { kind: 'backbone', method: 'tome', schedule: configuration.schedule === 'low' ? 'high' : 'low' };
    void setSource('second', other);
  };
  return (
    <figure className="pane">
      <div className="pane-head">
        <SelectField
          label={pane === 'first' ? 'First map' : 'Second map'}
          value={source ? keyOf(source) : ''}
          choices={choices}
          onChange={(key) => {
            const chosen = choices.find((choice) => choice.value === key);
            if (chosen) void setSource(pane, chosen.source);
          }}
        />
        <span className="line pane-actions">
          {map && <SaveMap map={map} />}
          {pane === 'first' && !second && (
            <Button
              look="icon"
              aria-label="Show a second map beside this one"
              title={
                source?.kind === 'run' ? 'Side by side with the same weights on all tokens' : 'Side by side with another schedule'
              }
              onClick={openSecond}
            >
              <Icon name="split" />
            </Button>
          )}
          {pane === 'second' && (
            <Button look="quiet" onClick={closeSecond}>
              Close
            </Button>
          )}
        </span>
      </div>
      <Problem place={pane === 'first' ? 'map' : 'secondMap'} />
      {map ? (
        <MergeMapView map={map} label={label} />
      ) : (
        <div className="merge-map map-waiting">The merge map of the picture appears here.</div>
      )}
      {map && <Prediction map={map} />}
    </figure>
  );
}

function SaveMap({ map }: { map: MergeMap }) {
  const block = usePlayground((state) => state.block);
  const [saving, setSaving] = useState(false);
  const position = Math.min(block, map.blocks.length);
  const name = fileName(`merge-map-${map.picture.part}-${map.picture.index + 1}-block-${position}`);
  return (
    <>
      <Button
        look="quiet"
        icon="save"
        disabled={saving}
        aria-label="Save map as PNG"
        onClick={() => {
          setSaving(true);
          void savePng(`${name}.png`, mapSvg(map, position), SVG_SIDE, SVG_SIDE, 2).finally(() => setSaving(false));
        }}
      >
        PNG
      </Button>
      <Button
        look="quiet"
        aria-label="Save map as SVG"
        onClick={() => saveText(`${name}.svg`, mapSvg(map, position), 'image/svg+xml')}
      >
        SVG
      </Button>
    </>
  );
}

/** What the weights say about this picture, and how long it took. */
function Prediction({ map }: { map: MergeMap }) {
  const classes = usePlayground((state) => state.data?.classes);
  const run = usePlayground((state) => (map.weights === 'backbone' ? undefined : state.runs[map.weights.runId]));
  const nameOf = (index: number): string => run?.classes[index] ?? classes?.[index]?.name ?? `class ${index + 1}`;
  const time = `${map.milliseconds.toFixed(1)} ms`;
  const own = map.picture.part === 'own';
  const truth = own ? null : nameOf(map.label);
  if (map.probabilities.length === 0) {
    return (
      <figcaption className="prediction small soft">
        <span>
          {truth === null ? 'Your picture' : `Labelled ${truth}`} · the head is untrained, so there is no prediction yet
        </span>
        <span className="number">{time}</span>
      </figcaption>
    );
  }
  const top = [...map.probabilities]
    .map((value, index) => ({ value, index }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 3);
  return (
    <figcaption className="prediction small">
      <span className="line wrap">
        {top.map(({ value, index }) => (
          <span key={index} className="guess" data-right={!own && index === map.label}>
            {nameOf(index)} <span className="number soft">{(value * 100).toFixed(0)} %</span>
          </span>
        ))}
        {truth !== null && top[0]?.index !== map.label && <span className="soft">labelled {truth}</span>}
      </span>
      <span className="number soft">{time}</span>
    </figcaption>
  );
}
