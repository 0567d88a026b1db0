import { useEffect } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { progressOf, type Progress } from '../../../store/progress/progress.js';
import { usePlayground } from '../../playground.js';
import { titleOf } from './words.js';

/** Drawn again only when a field of it changes. */
export const useProgress = (): Progress | null => usePlayground(useShallow(progressOf));

/** How far the run is, in the tab's title, which is seen when the page is not. */
export function useTitle(): void {
  const title = usePlayground((state) => titleOf(progressOf(state)));
  useEffect(() => {
    document.title = title;
  }, [title]);
}
