import { memo, useMemo, useState } from 'react';
import { MEASURES, dataIdentity, pointsOf, type Measure } from '../../../results/figure/points.js';
import { captionOf, type Axis } from '../../../results/figure/titles.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { Choices, SelectField } from '../../common/controls.js';
import { ExplainFigure } from '../../common/explanations.js';
import { CopyText } from '../../common/CopyText.js';
import { isDrawn } from '../../../vit/configuration.js';
import { capitalised } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { CompressionFigure } from './CompressionFigure.js';
import { Differences } from './Differences.js';
import { EmptyFigure } from './EmptyFigure.js';
import { FigureExports } from './FigureExports.js';
import { FigureReading } from './FigureReading.js';
import { StudyBar } from './StudyBar.js';
import { CompareOffer } from '../sweep/CompareOffer.js';
import { TokensByBlock } from './TokensByBlock.js';
import { Words } from '../../common/Equation.js';
import { dataLabels } from '../../../results/figure/data-labels.js';

const MEASURE_NAMES: Readonly<Record<Measure, string>> = { macs: 'GMACs', speed: 'img/s', tokens: 'Tokens left' };

/** The data sets that have runs, the current one first. */
function useDataChoice(runs: readonly RunRecord[]) {
  const current = usePlayground((state) => state.configuration.data);
  const [chosen, setChosen] = useState<string | null>(null);
  const sets = new Map<string, RunRecord>();
  for (const run of runs) if (!sets.has(dataIdentity(run))) sets.set(dataIdentity(run), run);
  const labels = dataLabels([...sets.values()]);
  const choices = [...sets]
    .map(([value, { configuration }], index) => {
      const label = labels[index] ?? '';
      // A drawn task is written as in the choice of the data; the name of a file stays as it is.
      const shown = isDrawn(configuration.data) ? capitalised(label) : label;
      return { value, label: shown, current: configuration.data === current };
    })
    .sort((a, b) => Number(b.current) - Number(a.current));
  const value = choices.find((choice) => choice.value === chosen)?.value ?? choices[0]?.value ?? '';
  return { value, choices, choose: setChosen };
}

const Drawing = memo(CompressionFigure);
const Comparison = memo(Differences);

export function FigurePanel({ runs }: { runs: readonly RunRecord[] }) {
  const [measure, setMeasure] = useState<Measure>('macs');
  const [block, setBlock] = useState<number | null>(null);
  const data = useDataChoice(runs);
  // Remembered, so that what an axis does not change, such as paired differences, is not computed again when one is chosen.
  const shown = useMemo(() => runs.filter((run) => dataIdentity(run) === data.value), [runs, data.value]);
  const axis = useMemo((): Axis => ({ measure, block: measure === 'tokens' ? block : null }), [measure, block]);
  const points = useMemo(() => pointsOf(shown, axis.measure, axis.block), [shown, axis]);
  const onlyStudy = usePlayground((state) => shown.every((run) => state.runs[run.id] === undefined));
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
        {points.length > 0 && <FigureExports points={points} runs={shown} axis={axis} />}
      </div>
      <StudyBar shown={shown} />
      {points.length === 0 ? (
        <EmptyFigure measure={measure} />
      ) : (
        <>
          <Drawing points={points} axis={axis} />
          {measure === 'tokens' && <TokensByBlock points={points} block={block} onChange={setBlock} />}
          <FigureReading points={points} axis={axis} />
          {onlyStudy && <CompareOffer />}
          <Comparison runs={shown} />
          <Caption text={captionOf(points, axis)} />
        </>
      )}
    </section>
  );
}

/** A caption for the figure in a paper. */
function Caption({ text }: { text: string }) {
  return (
    <details className="small">
      <summary>Caption for a paper</summary>
      <div className="stack details-body">
        <p data-testid="figure-caption">
          <Words text={text} />
        </p>
        <CopyText key={text} text={text} />
      </div>
    </details>
  );
}
