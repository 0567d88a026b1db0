import { useRef, useState } from 'react';
import type { RunRecord } from '../../protocol/run.js';
import { Button, Choices, SelectField } from '../common/controls.js';
import { ExplainFigure } from '../common/explanations.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import { savePng, saveText, svgText } from '../common/save.js';
import { dataName, percent } from '../format.js';
import { usePlayground } from '../playground.js';
import { CompressionFigure, MEASURE_NAMES } from './CompressionFigure.js';
import { FigureSketch } from './FigureSketch.js';
import { CompareOffer } from './sweep/CompareOffer.js';
import { dataIdentity, MEASURES, measureOf, pointsOf, referencesOf, runsCsv, type Measure, type Point } from './figure-data.js';

/** The data sets that there are runs for; the set-up's own first. Two of one name are told apart by their pictures. */
function useDataChoice(runs: readonly RunRecord[]) {
  const current = usePlayground((state) => state.configuration.data);
  const [chosen, setChosen] = useState<string | null>(null);
  const sets = new Map<string, RunRecord>();
  for (const run of runs) if (!sets.has(dataIdentity(run))) sets.set(dataIdentity(run), run);
  const names = [...sets.values()].map((run) => run.configuration.data);
  const choices = [...sets]
    .map(([value, run]) => ({ value, label: dataLabel(run, names), current: run.configuration.data === current }))
    .sort((a, b) => Number(b.current) - Number(a.current));
  const value = choices.find((choice) => choice.value === chosen)?.value ?? choices[0]?.value ?? '';
  return { value, choices, choose: setChosen };
}

function dataLabel({ configuration: { data, splitSeed }, pictures, started }: RunRecord, names: readonly string[]): string {
  if (names.filter((name) => name === data).length === 1) return dataName(data);
  return `${dataName(data)}, ${pictures.train} training and ${pictures.test} test pictures, split ${splitSeed}, ${started.slice(0, 10)}`;
}

export function FigurePanel({ runs }: { runs: readonly RunRecord[] }) {
  const svg = useRef<SVGSVGElement>(null);
  const [measure, setMeasure] = useState<Measure>('macs');
  const data = useDataChoice(runs);
  const shown = runs.filter((run) => dataIdentity(run) === data.value);
  const points = pointsOf(shown, measure);
  const onlyStudy = usePlayground((state) => shown.every((run) => state.runs[run.id] === undefined));
  const file = `accuracy-over-${measure}`;
  const image = (): { text: string; width: number; height: number } | null => {
    if (!svg.current) return null;
    const { width, height } = svg.current.getBoundingClientRect();
    return { text: svgText(svg.current), width, height };
  };
  return (
    <section className="section" aria-labelledby="figure-heading">
      <div className="section-head">
        <h2 id="figure-heading" className="line">
          Accuracy against compression <ExplainFigure />
        </h2>
      </div>
      {data.choices.length > 1 && (
        <SelectField label="Data set of the figure" value={data.value} choices={data.choices} onChange={data.choose} />
      )}
      <div className="spread wrap figure-bar">
        <Choices
          small
          label="Horizontal axis"
          value={measure}
          choices={MEASURES.map((value) => ({ value, label: MEASURE_NAMES[value] }))}
          onChange={setMeasure}
        />
        {points.length > 0 && (
          <span className="line figure-exports">
            <Button
              look="quiet"
              icon="save"
              aria-label="Save figure as PNG"
              onClick={() => {
                const picture = image();
                if (picture) void savePng(`${file}.png`, picture.text, picture.width, picture.height, 3);
              }}
            >
              PNG
            </Button>
            <Button
              look="quiet"
              aria-label="Save figure as SVG"
              onClick={() => {
                const picture = image();
                if (picture) saveText(`${file}.svg`, picture.text, 'image/svg+xml');
              }}
            >
              SVG
            </Button>
            <Button look="quiet" aria-label="Save runs as CSV" onClick={() => saveText('runs.csv', runsCsv(shown), 'text/csv')}>
              CSV
            </Button>
          </span>
        )}
      </div>
      <StudyBar shown={shown} />
      {points.length === 0 ? (
        <Empty measure={measure} />
      ) : (
        <>
          <CompressionFigure ref={svg} points={points} measure={measure} />
          <Reading points={points} measure={measure} />
          {onlyStudy && <CompareOffer />}
        </>
      )}
    </section>
  );
}

/** Says what the runs that come with the page are, and takes them away or brings them back. */
function StudyBar({ shown }: { shown: readonly RunRecord[] }) {
  const study = usePlayground((state) => state.study);
  const visible = usePlayground((state) => state.studyShown);
  const show = usePlayground((state) => state.showStudy);
  const count = Object.keys(study).length;
  const own = shown.every((run) => study[run.id] === undefined);
  if (count === 0 || (visible && own && shown.length > 0)) return null;
  const [first] = shown;
  return (
    <p className="small soft spread wrap">
      <span>
        {visible && first
          ? `The study that comes with the page: ${shown.length} runs of ${first.configuration.epochs} epochs, tested on ${first.pictures.test} pictures.`
          : `A study of ${count} runs comes with the page.`}
      </span>
      <Button look="quiet" onClick={() => show(!visible)}>
        {visible ? 'Hide the study' : 'Show the study'}
      </Button>
    </p>
  );
}

function Empty({ measure }: { measure: Measure }) {
  const training = usePlayground((state) => state.training !== 'idle');
  return (
    <>
      <FigureSketch measure={measure}>
        <p>
          {training
            ? 'The run that trains becomes a point here after its first epoch.'
            : 'Each run becomes a point: how accurate a compressed model still is.'}
        </p>
        {!training && <CompareOffer />}
      </FigureSketch>
      <p className="small faint figure-reading">
        {measure === 'speed'
          ? 'Images per second are measured on this adapter when a run is evaluated.'
          : 'Dotted lines: what each schedule costs. Training shows how accurate it stays.'}
      </p>
    </>
  );
}

/** One line of words for the point under the pointer or the chosen run's, and one for what the figure cannot say yet. */
function Reading({ points, measure }: { points: readonly Point[]; measure: Measure }) {
  const hovered = usePlayground((state) => state.hoveredId ?? state.selectedId);
  const point = points.find((entry) => entry.members.some((run) => run.id === hovered));
  const [run] = point?.runs ?? [];
  const { uncompressed, smaller } = referencesOf(points);
  const adapters = new Set(points.flatMap(({ runs }) => runs.map((entry) => entry.test?.adapter ?? entry.adapter.name)));
  return (
    <div className="small figure-reading">
      <p className="figure-point">
        {point && run ? <PointWords point={point} run={run} measure={measure} /> : 'Point at a run to read it, press to open it.'}
      </p>
      <p className="faint">
        {!uncompressed
          ? 'Train a run without merging to see what compression costs.'
          : !smaller
            ? 'Adverse compression: train a smaller backbone without merging (other weights, or a smaller image), and the region where it beats compression is shaded.'
            : 'Shaded: the smaller model without merging is as cheap and more accurate.'}
        {measure === 'speed' && adapters.size > 1 && ` The speeds were measured on ${adapters.size} different adapters.`}
      </p>
    </div>
  );
}

function PointWords({ point, run, measure }: { point: Point; run: RunRecord; measure: Measure }) {
  const seeds = point.runs.length > 1 ? ` ± ${percent(point.deviation)} over ${point.runs.length} seeds` : '';
  const again = point.members.filter((member) =>
    point.runs.some((counted) => counted.configuration.seed === member.configuration.seed),
  );
  const newest = again.length > point.runs.length ? `; of ${again.length} runs the newest of each seed` : '';
  const schedule = reduces(run.configuration.method) ? ` ${run.configuration.schedule}` : '';
  return (
    <>
      <span className="strong">
        {methodUnit(point.method).label}
        {schedule}
      </span>
      : <span className="number">{percent(point.y)}</span>
      {seeds} ({point.part}
      {newest}) at <span className="number">{formatMeasure(measureOf(run, measure) ?? point.x, measure)}</span>
    </>
  );
}

function formatMeasure(value: number, measure: Measure): string {
  if (measure === 'tokens') return `${Math.round(value)} tokens left`;
  if (measure === 'speed') return `${Math.round(value)} img/s`;
  return `${Number(value.toPrecision(3))} GMACs`;
}
