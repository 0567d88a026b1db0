import { memo, useMemo, useState } from 'react';
import { MEASURES, dataIdentity, pointsOf, type Measure } from '../../../results/figure/points.js';
import { captionOf, type Axis } from '../../../results/figure/titles.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { Choices, SelectField } from '../../common/controls.js';
import { ExplainFigure } from '../../common/explanations.js';
import { CopyText } from '../../common/CopyText.js';
import { dataName } from '../../../results/words/names.js';
import { isDrawn } from '../../../vit/configuration.js';
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
import { dataChoices, shownName, type DataChoice } from './data-choice.js';

const MEASURE_NAMES: Readonly<Record<Measure, string>> = { macs: 'GMACs', speed: 'img/s', tokens: 'Tokens left' };

function useDataChoice(runs: readonly RunRecord[]) {
  const setUp = usePlayground((state) => state.configuration.data);
  const [chosen, setChosen] = useState<string | null>(null);
  const study = usePlayground((state) => state.study);
  const choices = dataChoices(runs, setUp, study);
  const shown = choices.find((choice) => choice.value === chosen) ?? choices[0];
  return { shown, choices, choose: setChosen };
}

const Drawing = memo(CompressionFigure);
const Comparison = memo(Differences);

export function FigurePanel({ runs }: { runs: readonly RunRecord[] }) {
  const [measure, setMeasure] = useState<Measure>('macs');
  const [block, setBlock] = useState<number | null>(null);
  const data = useDataChoice(runs);
  const value = data.shown?.value ?? '';
  // Remembered, so that what an axis does not change, such as paired differences, is not computed again when one is chosen.
  const shown = useMemo(() => runs.filter((run) => dataIdentity(run) === value), [runs, value]);
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
        <SelectField label="Data set of the figure" value={value} choices={data.choices} onChange={data.choose} />
      )}
      <FigureData shown={data.shown} choices={data.choices} />
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

/** Which data set the points are of, where no choice says it; and that the one that is set up has none yet. */
function FigureData({ shown, choices }: { shown: DataChoice | undefined; choices: readonly DataChoice[] }) {
  const setUp = usePlayground((state) => state.configuration.data);
  if (!shown) return null;
  if (choices.some(({ current }) => current)) {
    return choices.length > 1 ? null : <p className="small soft figure-data">Data set: {shown.label}</p>;
  }
  return (
    <p className="small figure-data" data-testid="figure-data">
      These points are of <span className="strong">{shown.label}</span>. Those of {isDrawn(setUp) ? '' : 'your pictures, '}
      <span className="strong">{shownName(setUp, dataName(setUp))}</span>, come when you adapt.
    </p>
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
