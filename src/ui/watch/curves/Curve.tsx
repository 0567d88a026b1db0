import { useEffect, useRef, type RefObject } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {
  curveColumns,
  curveRange,
  curveStyles,
  epochsShown,
  type CurveColumns,
  type Quantity,
} from '../../../results/runs/curves.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import type { StepSeries } from '../../../store/series.js';
import { methodProperty, themeColour } from '../../styles/colours.js';
import { usePlayground, useStore } from '../../playground.js';

const HEIGHT = 108;
/** Between two drawings of a run that trains. */
const STEPS_MILLISECONDS = 250;

/** The measured batches, if they are of one of the runs that are shown. */
function stepsOf(series: StepSeries | null, runs: readonly RunRecord[], quantity: Quantity) {
  if (!series || !runs.some(({ id }) => id === series.runId)) return null;
  return { runId: series.runId, epochs: series.epochs, values: quantity === 'loss' ? series.smoothLoss : series.smoothAccuracy };
}

/** Lines for training are thinner than for validation. A single run has the page's colours, several have their methods' colours. */
function seriesOf(runs: readonly RunRecord[]): uPlot.Series[] {
  const styles = curveStyles(runs);
  const lines = styles.flatMap(({ method, dash }): uPlot.Series[] => {
    const alone = runs.length === 1;
    const colour = themeColour(methodProperty(method));
    const [training, validation] = alone ? [themeColour('--ink-soft'), themeColour('--accent')] : [colour, colour];
    const line = { spanGaps: true, dash: [...dash] };
    return [
      { ...line, stroke: training, width: 1, points: { show: true, size: 4, fill: themeColour('--ground'), stroke: training } },
      { ...line, stroke: validation, width: 2, points: { show: true, size: 5, fill: validation, stroke: validation } },
    ];
  });
  return [{}, { stroke: themeColour('--ink-faint'), width: 1, points: { show: false }, spanGaps: true }, ...lines];
}

/** What is drawn, at the moment it is read. */
interface Drawn {
  readonly runs: readonly RunRecord[];
  /** The length of the horizontal axis. */
  readonly epochs: number;
}

function optionsOf(element: HTMLElement, quantity: Quantity, drawn: RefObject<Drawn>): uPlot.Options {
  const font = '12px "Inter Variable", system-ui, sans-serif';
  const axis = {
    stroke: themeColour('--ink-faint'),
    font,
    ticks: { show: false },
    grid: { stroke: themeColour('--rule'), width: 1 },
  };
  const whole = (value: number): string => (Number.isInteger(value) ? String(value) : '');
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 14, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [0, drawn.current.epochs * 1.01] },
      y: { range: (plot) => curveRange(columnsOf(plot), quantity) },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 24, values: (_plot, values) => values.map(whole) },
      {
        ...axis,
        size: 48,
        // Small plots: three or four numbers, one line of type and a half apart.
        space: 18,
        values: (_plot, values) =>
          values.map((value) =>
            quantity === 'accuracy' ? `${Number((value * 100).toFixed(1))} %` : String(Number(value.toFixed(4))),
          ),
      },
    ],
    series: seriesOf(drawn.current.runs),
  };
}

/** A plot's data in the type that it was given in. */
function columnsOf({ data }: uPlot): CurveColumns {
  const [x, ...columns] = data;
  return [Array.from(x), ...columns.map((column) => Array.from(column, (value) => value ?? null))];
}

/**
 * Draws the batches of the run that trains as they come, a few times a second: one step moves a curve by less than a pixel. No view
 * renders for it.
 */
function useSteps(runs: readonly RunRecord[], quantity: Quantity, plot: RefObject<uPlot | null>, key: string): void {
  const store = useStore();
  useEffect(() => {
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (): void => {
      timer = undefined;
      frame = requestAnimationFrame(() =>
        plot.current?.setData(curveColumns(runs, stepsOf(store.getState().series, runs, quantity), quantity)),
      );
    };
    draw();
    const leave = store.subscribe((state, before) => {
      if (state.seriesVersion === before.seriesVersion && state.series === before.series) return;
      timer ??= setTimeout(draw, STEPS_MILLISECONDS);
    });
    return () => {
      leave();
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [store, runs, quantity, plot, key]);
}

/** Loss or accuracy of one or more runs over epochs, on a canvas. */
export function Curve({ runs, quantity }: { runs: readonly RunRecord[]; quantity: Quantity }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = usePlayground((state) => state.theme);
  const activeId = usePlayground((state) => state.activeId);
  const epochs = epochsShown(runs, activeId);
  const drawn = useRef<Drawn>({ runs, epochs });
  // The plot is built again when any of these changes; other runs in the same lines, and new data, only redraw it: building one makes
  // the browser lay out the page, which takes longer than a click may.
  const key = JSON.stringify([runs.length === 1 ? 'one run' : curveStyles(runs), quantity, theme]);
  useEffect(() => {
    drawn.current = { runs, epochs };
  }, [runs, epochs]);
  useSteps(runs, quantity, plot, `${key} ${epochs}`);
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const media = window.matchMedia('(prefers-color-scheme: dark)');
    const build = (): void => {
      const data = plot.current?.data ?? curveColumns(drawn.current.runs, null, quantity);
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, quantity, drawn), data, element);
    };
    build();
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    media.addEventListener('change', build);
    return () => {
      observer.disconnect();
      media.removeEventListener('change', build);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [key, quantity]);
  return (
    <figure className="curve">
      <figcaption className="small soft">{quantity === 'loss' ? 'Loss, nats' : 'Accuracy'}, over epochs</figcaption>
      <div ref={host} aria-hidden />
    </figure>
  );
}
