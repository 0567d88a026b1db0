import { useEffect, useRef } from 'react';
import type { MergeMap } from '../../../protocol/maps.js';

/** Side in CSS pixels; the canvas has twice as many. */
const SIDE = 64;
const SCALE = 2;
/** At least this many patches a side are shown: a token is recognised by its surroundings. */
const LEAST = 4;

/** The square of the picture, in patches, that shows a token and a little around it. */
function windowOf(patches: readonly number[], grid: number): { x: number; y: number; side: number } {
  const columns = patches.map((patch) => patch % grid);
  const rows = patches.map((patch) => Math.floor(patch / grid));
  const [left, right, top, bottom] = [Math.min(...columns), Math.max(...columns), Math.min(...rows), Math.max(...rows)];
  const side = Math.min(grid, Math.max(LEAST, right - left + 3, bottom - top + 3));
  const within = (from: number, to: number): number => Math.max(0, Math.min(grid - side, Math.round((from + to + 1 - side) / 2)));
  return { x: within(left, right), y: within(top, bottom), side };
}

/** A token's patches in the picture; the surroundings are veiled. */
export function TokenPicture({ map, patches, label }: { map: MergeMap; patches: readonly number[]; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { gridSide, imageSize, pixels } = map;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || patches.length === 0) return;
    const picture = new OffscreenCanvas(imageSize, imageSize);
    picture.getContext('2d')?.putImageData(new ImageData(pixels, imageSize, imageSize), 0, 0);
    const { x, y, side } = windowOf(patches, gridSide);
    const patch = Math.floor(imageSize / gridSide);
    const cell = (SIDE * SCALE) / side;
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, x * patch, y * patch, side * patch, side * patch, 0, 0, SIDE * SCALE, SIDE * SCALE);
    const members = new Set(patches);
    context.fillStyle = 'rgb(128 128 128 / 0.78)';
    for (let at = 0; at < side * side; at++) {
      const [column, row] = [at % side, Math.floor(at / side)];
      if (!members.has((y + row) * gridSide + x + column)) context.fillRect(column * cell, row * cell, cell + 0.5, cell + 0.5);
    }
  }, [gridSide, imageSize, pixels, patches]);
  return (
    <canvas ref={canvas} width={SIDE * SCALE} height={SIDE * SCALE} className="token-picture" role="img" aria-label={label} />
  );
}
