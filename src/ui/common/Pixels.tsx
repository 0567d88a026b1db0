import { useEffect, useRef } from 'react';

/** RGBA pixels on a canvas of their own size; CSS gives the size on the page. */
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
