import { useCallback, useMemo } from 'react';
import type { RunRecord } from '../../protocol/runs/run.js';
import { Problem } from '../common/Problem.js';
import { bytes, duration, milliseconds, percent, perSecond, small } from '../format.js';
import { runState } from '../../store/facts.js';
import { curveRuns, isUnrecorded, runById } from '../../store/run-lookup.js';
import { usePlayground } from '../playground.js';
import { LiveCurves } from './curves/LiveCurves.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { Words } from '../common/Equation.js';
import type { Playground } from '../../store/state.js';
import { useCalm } from '../common/use-calm.js';

function useCurveRuns(): readonly RunRecord[] {
  const activeId = usePlayground((state) => state.activeId);
  const selectedId = usePlayground((state) => state.selectedId);
  const overlaid = usePlayground((state) => state.overlaid);
  const runs = usePlayground((state) => state.runs);
  const study = usePlayground((state) => state.study);
  return useMemo(() => curveRuns({ activeId, selectedId, overlaid, runs, study }), [activeId, selectedId, overlaid, runs, study]);
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
          <Readings key={run.id} runId={run.id} />
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

/** A run's numbers in words, by their names. */
function readingsOf(state: Playground, runId: string): Readonly<Record<string, string>> {
  const run = runById(state, runId);
  if (!run) return {};
  const training = state.training !== 'idle' && state.activeId === runId;
  const latest = state.series?.runId === runId ? state.series.latest : null;
  const rate = latest?.imagesPerSecond ?? run.epochs.at(-1)?.imagesPerSecond;
  const step = latest ? (run.configuration.batchSize / latest.imagesPerSecond) * 1000 : run.stepMilliseconds;
  const measured = run.epochs.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
  const recorded = !isUnrecorded(run);
  const now = training && latest ? latest.epoch : run.epochs.length;
  const { epochs } = run.configuration;
  return {
    ...(recorded && { Epoch: `${Math.min(now, epochs)} of ${epochs}` }),
    ...(measured.length > 0 && { 'Best validation': percent(Math.max(...measured)) }),
    ...(run.test && { Test: percent(run.test.accuracy) }),
    ...(latest && training && { Loss: `${latest.loss.toFixed(3)} nats`, 'Learning rate': small(latest.learningRate) }),
    ...(rate !== undefined && { 'Training speed': perSecond(rate) }),
    ...(step !== null && { Step: milliseconds(step) }),
    ...(recorded && { Memory: bytes(training ? state.gpuBytes : run.gpuBytes) }),
    // Last, since its length changes all the time.
    ...(training && latest && { Left: duration(latest.secondsLeft) }),
  };
}

function Readings({ runId }: { runId: string }) {
  const items = useCalm(useCallback((state: Playground) => readingsOf(state, runId), [runId]));
  return (
    <dl className="readings">
      {Object.entries(items).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
