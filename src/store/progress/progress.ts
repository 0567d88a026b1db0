import { runById } from '../run-lookup.js';
import type { Playground } from '../state.js';
import type { TrainingPhase } from '../state/training.js';
import { nameOf } from '../../protocol/runs/run-names.js';

/** How far the run that trains, and the sweep that it belongs to, are. Flat, so that two of them can be compared field by field. */
export interface Progress {
  /** Its id; empty before it has one. */
  readonly run: string;
  readonly name: string;
  readonly phase: Exclude<TrainingPhase, 'idle'>;
  /** 1-based: the epoch that is under way. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of all steps, from 0 to 1. */
  readonly part: number;
  /** Null until the first steps of this visit were taken. */
  readonly secondsLeft: number | null;
  /** The run's place in the sweep, from 1; null where it belongs to none. */
  readonly sweepRun: number | null;
  readonly sweepRuns: number;
  /** Of the whole sweep; null where it is not known. */
  readonly sweepSecondsLeft: number | null;
}

/** Null where nothing trains. */
export function progressOf(state: Playground): Progress | null {
  const { training, activeId, series, sweeping, queue } = state;
  if (training === 'idle') return null;
  const run = runById(state, activeId);
  const latest = series !== null && series.runId === activeId ? series.latest : null;
  const epochs = run?.configuration.epochs ?? state.borrowed?.epochs ?? 0;
  const done = run?.epochs.length ?? 0;
  const swept = sweeping === 'idle' ? [] : queue.filter((entry) => entry.state !== 'skipped');
  const place = swept.findIndex((entry) => entry.state === 'running');
  const secondsLeft = latest?.secondsLeft ?? null;
  const waiting = state.secondsWaiting;
  return {
    run: activeId ?? '',
    name: run ? nameOf(run) : '',
    phase: training,
    epoch: Math.min(epochs, latest?.epoch ?? done + 1),
    epochs,
    part: latest ? (latest.step + 1) / latest.totalSteps : epochs > 0 ? done / epochs : 0,
    secondsLeft,
    sweepRun: place < 0 ? null : place + 1,
    sweepRuns: swept.length,
    sweepSecondsLeft: place < 0 || secondsLeft === null || waiting === null ? null : secondsLeft + waiting,
  };
}
