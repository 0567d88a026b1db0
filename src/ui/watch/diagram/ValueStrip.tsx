import { useEffect, useRef } from 'react';
import { diverging } from '../../../results/maps/paint.js';

/** A coloured cell for each value: white at `centre`, fully coloured at a distance of `reach` from it. */
export function ValueStrip({
  values,
  centre,
  reach,
  label,
}: {
  values: Float32Array;
  centre: number;
  reach: number;
  label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    values.forEach((value, index) => {
      context.fillStyle = `rgb(${diverging((value - centre) / reach).join(' ')})`;
      context.fillRect(index, 0, 1, 1);
    });
  }, [values, centre, reach]);
  return (
    <canvas ref={canvas} width={Math.max(1, values.length)} height={1} className="value-strip" role="img" aria-label={label} />
  );
}

/** The 90th percentile of the absolute values: as a reach of colours it keeps a few large values from making all others pale. */
export function reachOf(...lists: readonly Float32Array[]): number {
  const sizes = lists.flatMap((values) => [...values].map(Math.abs)).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length * 0.9)] || 1;
}
