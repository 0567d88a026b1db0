import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { RunRecord } from '../../protocol/run.js';
import type { StepSeries } from '../../store/series.js';
import { percent } from '../format.js';
import { runById } from '../../store/run-lookup.js';
import { usePlayground } from '../playground.js';

const HEIGHT = 128;
/** Points drawn at most: more than the plot has pixels would only cost time. */
const MOST_POINTS = 1500;

/** x in epochs, then the lines; all of one length, with null where a line has no value. */
type Columns = [number[], ...(number | null)[][]];

/** Evenly thinned indices, the last one always among them. */
function thinned(length: number): number[] {
  const stride = Math.max(1, Math.ceil(length / MOST_POINTS));
  const indices: number[] = [];
  for (let index = (length - 1) % stride; index < length; index += stride) indices.push(index);
  return indices;
}

/** Steps and epochs in one table ordered by x; the epochs' values stand only in their own rows. */
function columns(series: StepSeries | null, run: RunRecord | undefined, quantity: 'loss' | 'accuracy'): Columns {
  const steps = series && series.runId === run?.id ? series : null;
  const rows: [number, number | null, number | null, number | null][] = [];
  if (steps) {
    const smooth = quantity === 'loss' ? steps.smoothLoss : steps.smoothAccuracy;
    for (const index of thinned(steps.length)) rows.push([steps.epochs[index] ?? 0, smooth[index] ?? null, null, null]);
  }
  for (const epoch of run?.epochs ?? []) {
    const [train, validation] =
      quantity === 'loss' ? [epoch.trainLoss, epoch.validationLoss] : [epoch.trainAccuracy, epoch.validationAccuracy];
    rows.push([epoch.epoch, null, train, validation]);
  }
  rows.sort((a, b) => a[0] - b[0]);
  const column = (index: 1 | 2 | 3): (number | null)[] => rows.map((row) => row[index]);
  return [rows.map((row) => row[0]), column(1), column(2), column(3)];
}

function options(element: HTMLElement, quantity: 'loss' | 'accuracy', epochs: number): uPlot.Options {
  const styles = getComputedStyle(element);
  const token = (name: string): string => styles.getPropertyValue(name).trim();
  const font = '12px "Inter Variable", system-ui, sans-serif';
  const axis = { stroke: token('--ink-faint'), font, ticks: { show: false }, grid: { stroke: token('--rule'), width: 1 } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, range: [0, epochs] },
      y: quantity === 'accuracy' ? { range: [0, 1] } : { range: (_plot, _low, high) => [0, Math.max(0.1, high * 1.05)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        values: (_plot, values) => values.map((value) => (Number.isInteger(value) ? String(value) : '')),
      },
      {
        ...axis,
        size: 44,
        values: (_plot, values) =>
          values.map((value) => (quantity === 'accuracy' ? `${Math.round(value * 100)} %` : String(value))),
      },
    ],
    series: [
      {},
      { stroke: token('--ink-faint'), width: 1, points: { show: false }, spanGaps: true },
      { stroke: token('--ink'), width: 1.5, points: { show: false }, spanGaps: true, dash: [4, 3] },
      { stroke: token('--accent'), width: 2, points: { show: true, size: 4, fill: token('--accent') }, spanGaps: true },
    ],
  };
}

function Curve({ runId, quantity }: { runId: string | null; quantity: 'loss' | 'accuracy' }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const version = usePlayground((state) => state.seriesVersion);
  const series = usePlayground((state) => state.series);
  const run = usePlayground((state) => runById(state, runId));
  const theme = usePlayground((state) => state.theme);
  const epochs = run?.configuration.epochs ?? 1;
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const media = window.matchMedia('(prefers-color-scheme: dark)');
    const build = (): void => {
      const data = plot.current?.data;
      plot.current?.destroy();
      plot.current = new uPlot(options(element, quantity, epochs), data ?? [[], [], [], []], element);
    };
    // The page's theme is applied by an effect of its own; the colours are read once it has been. One plot a frame.
    let frame = requestAnimationFrame(() => {
      if (quantity === 'loss') build();
      else frame = requestAnimationFrame(build);
    });
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    media.addEventListener('change', build);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      media.removeEventListener('change', build);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [quantity, epochs, theme]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => plot.current?.setData(columns(series, run, quantity)));
    return () => cancelAnimationFrame(frame);
  }, [version, series, run, quantity, epochs, theme]);
  return (
    <figure className="curve">
      <figcaption className="small soft">{quantity === 'loss' ? 'Loss, nats' : 'Accuracy'}, over epochs</figcaption>
      <div ref={host} aria-hidden />
    </figure>
  );
}

/** Loss and accuracy on canvas, and the same numbers as a table. */
export function LiveCurves({ runId }: { runId: string | null }) {
  const run = usePlayground((state) => runById(state, runId));
  return (
    <div className="stack">
      <div className="curves" data-testid="live-curves">
        <Curve runId={runId} quantity="loss" />
        <Curve runId={runId} quantity="accuracy" />
      </div>
      <p className="small line wrap faint">
        <Key colour="var(--accent)" /> validation <Key colour="var(--ink)" dashed /> training, by epoch{' '}
        <Key colour="var(--ink-faint)" thin /> training, moving mean of the batches
      </p>
      {run && run.epochs.length > 0 && (
        <details className="small">
          <summary>The numbers as a table</summary>
          <div className="table-scroll">
            <table className="data">
              <thead>
                <tr>
                  <th>Epoch</th>
                  <th className="right">Loss</th>
                  <th className="right">Accuracy</th>
                  <th className="right">Val. loss</th>
                  <th className="right">Val. accuracy</th>
                  <th className="right">img/s</th>
                </tr>
              </thead>
              <tbody>
                {run.epochs.map((epoch) => (
                  <tr key={epoch.epoch}>
                    <td>{epoch.epoch}</td>
                    <td className="right">{epoch.trainLoss.toFixed(4)}</td>
                    <td className="right">{percent(epoch.trainAccuracy)}</td>
                    <td className="right">{epoch.validationLoss?.toFixed(4) ?? ''}</td>
                    <td className="right">{epoch.validationAccuracy === null ? '' : percent(epoch.validationAccuracy)}</td>
                    <td className="right">{epoch.imagesPerSecond.toFixed(0)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </div>
  );
}

function Key({ colour, dashed, thin }: { colour: string; dashed?: boolean; thin?: boolean }) {
  return (
    <svg width="20" height="8" aria-hidden>
      <line
        x1="0"
        x2="20"
        y1="4"
        y2="4"
        stroke={colour}
        strokeWidth={thin ? 1 : 2}
        strokeDasharray={dashed ? '4 3' : undefined}
      />
    </svg>
  );
}
