import { useEffect } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { progressOf, type Progress } from '../../../store/progress/progress.js';
import { usePlayground } from '../../playground.js';
import { titleOf } from './words.js';

/** The training run's progress; the view renders again only when a field of it changes. */
export const useProgress = (): Progress | null => usePlayground(useShallow(progressOf));

/** Shows the run's progress in the title of the browser's tab. */
export function useTitle(): void {
  const title = usePlayground((state) => titleOf(progressOf(state)));
  useEffect(() => {
    document.title = title;
  }, [title]);
}
