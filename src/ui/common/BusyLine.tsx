import { useEffect, useState } from 'react';
import type { Busy } from '../../store/state/connection.js';
import type { Playground } from '../../store/state.js';
import { timeLeft } from '../format.js';
import { useCalm } from './use-calm.js';

/** `Measuring the test part, 64 of 1000`. */
export const busyWords = ({ what, done, total }: Busy): string => (total > 0 ? `${what}, ${done} of ${total}` : what);

const busyOf = ({ busy }: Playground): Busy | null => busy;

/** What the worker is doing, as it is read. */
export const useBusy = (): Busy | null => useCalm(busyOf);

/** What the worker is doing, and its progress. */
export function BusyLine({ fallback }: { fallback: string }) {
  const busy = useBusy();
  const part = busy && busy.total > 0 ? Math.min(1, busy.done / busy.total) : 0;
  return (
    <div className="stack">
      <div className="spread small">
        <span className="truncate">{busy?.what ?? `${fallback}…`}</span>
        {busy && busy.total > 0 && (
          <span className="number soft">
            {busy.done} of {busy.total}
            {busy.secondsLeft !== undefined && <TimeLeft key={`${busy.what} ${busy.secondsLeft}`} seconds={busy.secondsLeft} />}
          </span>
        )}
      </div>
      <ProgressBar label={busy?.what ?? fallback} part={part} />
    </div>
  );
}

/** The time left, which goes on between two reports of it. */
function TimeLeft({ seconds }: { seconds: number }) {
  const [passed, setPassed] = useState(0);
  useEffect(() => {
    const began = performance.now();
    const timer = setInterval(() => setPassed((performance.now() - began) / 1000), 1000);
    return () => clearInterval(timer);
  }, []);
  return ` · about ${timeLeft(Math.max(0, seconds - passed))}`;
}

/** @param part the share that is done, 0 to 1. @param words for screen readers, instead of a percentage. */
export function ProgressBar({ label, part, words, thick }: { label: string; part: number; words?: string; thick?: boolean }) {
  return (
    <div
      className="progress"
      data-thick={thick ? '' : undefined}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(part * 100)}
      aria-valuetext={words}
    >
      <div style={{ transform: `scaleX(${part})` }} />
    </div>
  );
}
