import { useCallback, useState } from 'react';

/** Follows an element's width in CSS pixels. A figure that is drawn at this width is not scaled, so its text keeps its size. */
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
