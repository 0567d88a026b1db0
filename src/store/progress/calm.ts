import type { Progress } from './progress.js';

/** Between two changes of words and numbers that are to be read, in milliseconds: faster ones flicker. */
export const READING_MILLISECONDS = 500;

/** A time left may be estimated longer by this share, and these seconds, without being shown: the next steps make up for it. */
const DELAY = 1.25;
const DELAY_SECONDS = 2;

function steady(before: number | null, now: number | null): number | null {
  if (before === null || now === null) return now ?? before;
  return now > before && now < DELAY * before + DELAY_SECONDS ? before : now;
}

/** What to show of a run after what was shown before: it never goes back, though steps may be counted again from a checkpoint. */
export function calm(before: Progress | null, now: Progress | null): Progress | null {
  if (!before || now?.run !== before.run || now.epochs !== before.epochs) return now;
  return {
    ...now,
    epoch: Math.max(before.epoch, now.epoch),
    part: Math.max(before.part, now.part),
    secondsLeft: steady(before.secondsLeft, now.secondsLeft),
    sweepSecondsLeft: steady(before.sweepSecondsLeft, now.sweepSecondsLeft),
  };
}
