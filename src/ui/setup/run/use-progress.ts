import { useEffect } from 'react';
import { calm } from '../../../store/progress/calm.js';
import { progressOf, type Progress } from '../../../store/progress/progress.js';
import { useCalm } from '../../common/use-calm.js';
import { titleOf } from './words.js';

const held = (progress: Progress | null): string => (progress?.phase === 'running' ? 'starting' : (progress?.phase ?? 'none'));

/** Beginnings, pauses and ends are shown at once. */
const OPTIONS = { after: calm, urgent: (before: Progress | null, now: Progress | null): boolean => held(before) !== held(now) };

/** The training run's progress, as it is read. */
export const useProgress = (): Progress | null => useCalm(progressOf, OPTIONS);

/** Shows the run's progress in the title of the browser's tab. */
export function useTitle(): void {
  const title = titleOf(useProgress());
  useEffect(() => {
    document.title = title;
  }, [title]);
}
