import { useEffect, useRef } from 'react';

/** A canvas of side x side pixels; CSS sets its size on the page. @param pixels [side, side, 4] RGBA. */
export function Pixels({
  pixels,
  side,
  className,
}: {
  pixels: Uint8ClampedArray<ArrayBuffer>;
  side: number;
  className?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(pixels, side, side), 0, 0);
  }, [pixels, side]);
  return <canvas ref={canvas} width={side} height={side} className={className} aria-hidden />;
}
