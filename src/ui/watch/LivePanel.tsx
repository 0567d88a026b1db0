import { useMemo } from 'react';
import type { RunRecord } from '../../protocol/run.js';
import { Problem } from '../common/controls.js';
import { bytes, duration, milliseconds, percent, perSecond, small } from '../format.js';
import { runState } from '../../store/facts.js';
import { isUnrecorded, runById } from '../../store/run-lookup.js';
import { usePlayground } from '../playground.js';
import { LiveCurves } from './curves/LiveCurves.js';
import { nameOf } from '../../protocol/run-names.js';
import { Words } from '../common/Equation.js';

/** The training run, else the selected one, followed by the runs whose curves are kept beside it. */
function useCurveRuns(): readonly RunRecord[] {
  const runId = usePlayground((state) => state.activeId ?? state.selectedId);
  const overlaid = usePlayground((state) => state.overlaid);
  const runs = usePlayground((state) => state.runs);
  const study = usePlayground((state) => state.study);
  return useMemo(() => {
    const ids = [...new Set([...(runId === null ? [] : [runId]), ...overlaid])];
    return ids.flatMap((id) => runById({ runs, study }, id) ?? []);
  }, [runId, overlaid, runs, study]);
}

/** Curves and current numbers of the training run, else of the selected one, with the curves kept from other runs. */
export function LivePanel() {
  const runs = useCurveRuns();
  const [run] = runs;
  const doing = usePlayground((state) => (run ? runState(state, run) : ''));
  return (
    <section className="section live-panel" aria-label="Training" data-begun={run !== undefined}>
      <div className="section-head">
        <h2 className="whole">{run ? <Words text={nameOf(run)} /> : 'Training'}</h2>
        {run && <span className="small soft">{doing}</span>}
      </div>
      {run ? (
        <>
          <Readings runId={run.id} />
          {runs.some((shown) => !isUnrecorded(shown)) ? (
            <LiveCurves runs={runs} />
          ) : (
            <p className="small faint">
              These weights came without the record of their training. Drop their run.json as well to see the curves.
            </p>
          )}
        </>
      ) : (
        <p className="small faint">Press Adapt: loss and accuracy appear here as they are measured.</p>
      )}
      <Problem place="results" />
    </section>
  );
}

function Readings({ runId }: { runId: string | null }) {
  usePlayground((state) => state.seriesVersion);
  const series = usePlayground((state) => state.series);
  const run = usePlayground((state) => runById(state, runId));
  const training = usePlayground((state) => state.training !== 'idle' && state.activeId === runId);
  const gpuBytes = usePlayground((state) => state.gpuBytes);
  const latest = series?.runId === runId ? series.latest : null;
  const epoch = run?.epochs.at(-1);
  const rate = latest?.imagesPerSecond ?? epoch?.imagesPerSecond;
  const step = latest && run ? (run.configuration.batchSize / latest.imagesPerSecond) * 1000 : run?.stepMilliseconds;
  const measured = run?.epochs.flatMap(({ validationAccuracy }) => validationAccuracy ?? []) ?? [];
  const items: [string, string][] = [];
  const recorded = run !== undefined && !isUnrecorded(run);
  if (recorded) {
    const now = training && latest ? latest.epoch : run.epochs.length;
    items.push(['Epoch', `${Math.min(now, run.configuration.epochs)} of ${run.configuration.epochs}`]);
  }
  if (measured.length > 0) items.push(['Best validation', percent(Math.max(...measured))]);
  if (run?.test) items.push(['Test', percent(run.test.accuracy)]);
  if (latest && training) items.push(['Loss', `${latest.loss.toFixed(3)} nats`]);
  if (latest && training) items.push(['Learning rate', small(latest.learningRate)]);
  if (rate !== undefined) items.push(['Training speed', perSecond(rate)]);
  if (step !== undefined && step !== null) items.push(['Step', milliseconds(step)]);
  if (recorded) items.push(['Memory', bytes(training ? gpuBytes : run.gpuBytes)]);
  // Last, since its length changes all the time.
  if (training && latest) items.push(['Left', duration(latest.secondsLeft)]);
  return (
    <dl className="readings">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
