import { useCallback, useState } from 'react';

/** The width of an element in CSS pixels, followed as it changes; a figure drawn at its own width keeps its text's size. */
export function useWidth(initial: number, least: number): [number, (element: HTMLElement | null) => (() => void) | undefined] {
  const [width, setWidth] = useState(initial);
  const follow = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return undefined;
      const observer = new ResizeObserver(() => setWidth(Math.max(least, element.clientWidth)));
      observer.observe(element);
      return () => observer.disconnect();
    },
    [least],
  );
  return [width, follow];
}
