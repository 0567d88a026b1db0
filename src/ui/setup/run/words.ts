import type { Progress } from '../../../store/progress/progress.js';
import { percent, timeLeft } from '../../format.js';

const NAME = 'PYRA Playground';

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  starting: 'Preparing',
  running: '',
  paused: 'Paused',
  stopping: 'Stopping',
};

/** `Epoch 3 of 20 · 12 % · 2 min 10 s left`. */
export function progressWords({ phase, epoch, epochs, part, secondsLeft }: Progress): string {
  const words = [
    PHASES[phase],
    `Epoch ${epoch} of ${epochs}`,
    percent(part, 0),
    secondsLeft === null ? '' : timeLeft(secondsLeft),
  ];
  return words.filter((word) => word !== '').join(' · ');
}

/** `Run 2 of 6 · about 14 min left for all`; null where no sweep trains. */
export function sweepWords({ sweepRun, sweepRuns, sweepSecondsLeft }: Progress): string | null {
  if (sweepRun === null) return null;
  const all = sweepSecondsLeft === null ? '' : ` · about ${timeLeft(sweepSecondsLeft)} for all`;
  return `Run ${sweepRun} of ${sweepRuns} in the sweep${all}`;
}

/** The tab's title: what changes comes first, since a tab shows only the beginning. */
export function titleOf(progress: Progress | null): string {
  if (!progress) return NAME;
  const { phase, part, secondsLeft, sweepRun, sweepRuns } = progress;
  const words = [
    PHASES[phase],
    percent(part, 0),
    secondsLeft === null ? '' : timeLeft(secondsLeft),
    sweepRun === null ? '' : `run ${sweepRun} of ${sweepRuns}`,
    NAME,
  ];
  return words.filter((word) => word !== '').join(' · ');
}
