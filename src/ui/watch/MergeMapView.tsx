import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type RefObject } from 'react';
import type { MergeMap } from '../../protocol/maps.js';
import { themeColour } from '../styles/colours.js';
import { usePlayground } from '../playground.js';
import { paintScene, type PairOutlines } from '../../results/maps/paint.js';
import { patchColours, regionsAt, type Regions } from '../../results/maps/regions.js';

/** How long the animation from one block to the next takes, in milliseconds. */
const FLOW = 220;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const easeOut = (t: number): number => 1 - (1 - t) ** 3;

/** The pointer and the arrow keys choose a patch. A click or Enter keeps its pair in the diagram, Escape releases it. */
function usePointing(grid: number) {
  const pointed = usePlayground((state) => state.pointed);
  const point = usePlayground((state) => state.point);
  const hold = usePlayground((state) => state.hold);
  const clamp = (value: number): number => Math.max(0, Math.min(grid - 1, value));
  const patchAt = (event: PointerEvent<HTMLCanvasElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const cell = (value: number, size: number): number => clamp(Math.floor((value / size) * grid));
    return cell(event.clientY - box.top, box.height) * grid + cell(event.clientX - box.left, box.width);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      point(null);
      hold(null);
    }
    if (event.key === 'Enter' && pointed !== null) hold(pointed);
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const middle = Math.floor(grid / 2);
    const now = pointed ?? middle * grid + middle;
    const x = clamp((now % grid) + arrow[0]);
    const y = clamp(Math.floor(now / grid) + arrow[1]);
    point(pointed === null ? now : y * grid + x);
  };
  return {
    onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => point(patchAt(event)),
    onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => {
      if (event.button !== 0) return;
      point(patchAt(event));
      hold(patchAt(event));
    },
    onPointerLeave: (event: PointerEvent<HTMLCanvasElement>) => event.pointerType === 'mouse' && point(null),
    onKeyDown,
  };
}

/** The canvas's side in device pixels. */
function useSide(canvas: RefObject<HTMLCanvasElement | null>): number {
  const [side, setSide] = useState(480);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      const width = Math.round(element.getBoundingClientRect().width * window.devicePixelRatio);
      if (width > 0) setSide(width);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [canvas]);
  return side;
}

/**
 * Draws again whenever something changes. A change of block is animated, unless reduced motion is asked for.
 *
 * @param shown the position that is drawn; a fraction during an animation.
 */
function useFlow(shown: RefObject<number>, block: number, draw: () => void, side: number): void {
  const theme = usePlayground((state) => state.theme);
  useEffect(() => {
    const start = shown.current;
    const still = start === block || window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still) {
      shown.current = block;
      draw();
      return undefined;
    }
    const length = FLOW * Math.sqrt(Math.abs(block - start));
    const began = performance.now();
    let frame = 0;
    const step = (now: number): void => {
      const t = Math.min(1, Math.max(0, (now - began) / length));
      shown.current = t === 1 ? block : start + (block - start) * easeOut(t);
      draw();
      if (t < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [shown, block, draw, side, theme]);
}

/** The regions at each position, computed when first needed. */
function useRegions(map: MergeMap): (position: number) => Regions {
  return useMemo(() => {
    const colours = patchColours(map);
    const kept = new Map<number, Regions>();
    return (position: number): Regions => {
      const regions = kept.get(position) ?? regionsAt(map, position, colours);
      kept.set(position, regions);
      return regions;
    };
  }, [map]);
}

/**
 * The merge map of one picture at the store's block. The pointer, or the arrow keys while it has the focus, choose the patch whose
 * token is highlighted.
 *
 * @param pair its two tokens are outlined.
 */
export function MergeMapView({ map, label, pair }: { map: MergeMap; label: string; pair?: PairOutlines | null }) {
  const block = Math.min(
    usePlayground((state) => state.block),
    map.blocks.length,
  );
  const overlay = usePlayground((state) => state.overlay);
  const pointed = usePlayground((state) => state.pointed);
  const pointing = usePointing(map.gridSide);
  const canvas = useRef<HTMLCanvasElement>(null);

  const picture = useMemo(() => {
    const source = new OffscreenCanvas(map.imageSize, map.imageSize);
    source.getContext('2d')?.putImageData(new ImageData(map.pixels, map.imageSize, map.imageSize), 0, 0);
    return source;
  }, [map]);
  const regionsFor = useRegions(map);

  /** The position that is drawn; during an animation a fraction that moves towards `block`. */
  const shown = useRef(0);
  const draw = useCallback(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const low = Math.min(map.blocks.length, Math.floor(shown.current));
    const high = Math.min(map.blocks.length, low + 1);
    paintScene(
      context,
      picture,
      {
        map,
        from: regionsFor(low),
        to: regionsFor(high),
        blend: shown.current - low,
        position: block,
        overlay,
        pointed,
        pair: pair ?? null,
      },
      context.canvas.width,
      themeColour('--accent'),
    );
  }, [map, picture, regionsFor, block, overlay, pointed, pair]);

  const side = useSide(canvas);
  useFlow(shown, block, draw, side);
  return (
    <canvas
      ref={canvas}
      className="merge-map"
      width={side}
      height={side}
      tabIndex={0}
      role="application"
      aria-roledescription="merge map"
      aria-label={`${label}: ${regionsFor(block).tokens} tokens ${block === 0 ? 'before merging' : `after block ${block}`}. Arrow keys point at a patch, Enter holds its pair, Escape lets go.`}
      {...pointing}
    />
  );
}
