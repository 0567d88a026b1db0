import { GONE } from '../../protocol/maps.js';
import { edges, largest, pairValues, type Followed, type Regions } from './regions.js';

/** What is drawn: a blend of two positions of the block slider. */
export interface Scene {
  readonly map: Followed;
  readonly from: Regions;
  readonly to: Regions;
  /** 0 shows `from`, 1 shows `to`. */
  readonly blend: number;
  readonly position: number;
  /** PYRA's numbers of the merging pairs that are drawn over the picture. */
  readonly overlay: 'none' | 'pairs' | 'strength';
  /** A patch whose region is highlighted, or null. */
  readonly pointed: number | null;
  readonly pair: PairOutlines | null;
}

/** The patches of a pair's two tokens. src gets a solid outline, dst a dashed one. */
export interface PairOutlines {
  readonly src: readonly number[];
  readonly dst: readonly number[];
}

const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** The strength of the edge between two patches: strong around merged regions, faint between single patches, 0 inside a region. */
function edgeStrength(regions: Regions, a: number, b: number): number {
  const rowA = regions.row[a] ?? 0;
  const rowB = regions.row[b] ?? 0;
  if (rowA === rowB) return 0;
  if (isGone(regions, a) || isGone(regions, b)) return 1;
  const single = (regions.members.get(rowA)?.length ?? 1) === 1 && (regions.members.get(rowB)?.length ?? 1) === 1;
  return single ? 0.3 : 1;
}

const isGone = (regions: Regions, patch: number): boolean => regions.row[patch] === GONE;

/** Merged regions and dropped patches are painted over; single patches show the picture. */
const fillStrength = (regions: Regions, patch: number): number =>
  isGone(regions, patch) || (regions.members.get(regions.row[patch] ?? 0)?.length ?? 1) > 1 ? 1 : 0;

/** Blue for negative, white for 0, orange for positive: distinguishable for colour-blind readers. @param value from -1 to 1. @returns RGB, 0 to 255. */
export function diverging(value: number): [number, number, number] {
  const t = Math.max(-1, Math.min(1, value));
  const end: [number, number, number] = t < 0 ? [0, 90, 160] : [214, 110, 0];
  return [mix(247, end[0], Math.abs(t)), mix(247, end[1], Math.abs(t)), mix(247, end[2], Math.abs(t))];
}

const css = ([r, g, b]: readonly number[], alpha = 1): string =>
  `rgb(${Math.round(r ?? 0)} ${Math.round(g ?? 0)} ${Math.round(b ?? 0)} / ${alpha})`;

/** Draws the picture, its regions and their outlines on a square of `side` device pixels. @param picture the map's pixels. */
export function paintScene(
  context: CanvasRenderingContext2D,
  picture: CanvasImageSource,
  scene: Scene,
  side: number,
  accent: string,
): void {
  const { map, from, to, blend } = scene;
  const grid = map.gridSide;
  const cell = side / grid;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, side, side);
  for (let patch = 0; patch < grid * grid; patch++) {
    const fillFrom = fillStrength(from, patch);
    const fillTo = fillStrength(to, patch);
    const alpha = mix(fillFrom, fillTo, blend);
    if (alpha <= 0) continue;
    // A patch that was single had no mean colour: it fades in with the colour of its region.
    const start = fillFrom > 0 ? from : to;
    const end = fillTo > 0 ? to : from;
    const colour = [0, 1, 2].map((channel) =>
      mix(start.colour[patch * 3 + channel] ?? 0, end.colour[patch * 3 + channel] ?? 0, blend),
    );
    context.fillStyle = css(colour, alpha);
    const x = Math.floor((patch % grid) * cell);
    const y = Math.floor(Math.floor(patch / grid) * cell);
    context.fillRect(x, y, Math.ceil(cell) + 1, Math.ceil(cell) + 1);
  }
  if (scene.overlay !== 'none') paintOverlay(context, scene, cell);
  paintEdges(context, scene, cell, side);
  const regions = blend < 0.5 ? from : to;
  if (scene.pointed !== null) {
    paintPointed(context, new Set(regions.members.get(regions.row[scene.pointed] ?? -1) ?? [scene.pointed]), grid, side, accent);
  }
  if (scene.pair) {
    paintOutline(context, new Set(scene.pair.dst), grid, side, '#000000', true);
    paintOutline(context, new Set(scene.pair.src), grid, side, accent, false);
  }
}

function paintOverlay(context: CanvasRenderingContext2D, scene: Scene, cell: number): void {
  const grid = scene.map.gridSide;
  const quantity = scene.overlay === 'strength' ? 'modulationStrength' : 'pairModulation';
  const values = pairValues(scene.map, scene.position, quantity);
  // The strongest value of all blocks gets the full colour.
  const reach = largest(scene.map, quantity) || 1;
  context.fillStyle = 'rgb(20 20 20 / 0.55)';
  context.fillRect(0, 0, cell * grid, cell * grid);
  values.forEach((value, patch) => {
    if (Number.isNaN(value)) return;
    context.fillStyle = css(diverging(value / reach), 0.92);
    context.fillRect((patch % grid) * cell, Math.floor(patch / grid) * cell, cell, cell);
  });
}

const LEVELS = 8;

function paintEdges(context: CanvasRenderingContext2D, scene: Scene, cell: number, side: number): void {
  const grid = scene.map.gridSide;
  // Edges of nearly the same strength share a path, which takes a few strokes instead of hundreds.
  const paths = Array.from({ length: LEVELS + 1 }, () => new Path2D());
  for (const [x1, y1, x2, y2, a, b] of edges(grid)) {
    const strength = mix(edgeStrength(scene.from, a, b), edgeStrength(scene.to, a, b), scene.blend);
    const path = paths[Math.round(strength * LEVELS)];
    path?.moveTo(x1 * cell, y1 * cell);
    path?.lineTo(x2 * cell, y2 * cell);
  }
  const unit = side / 480;
  context.lineCap = 'round';
  paths.forEach((path, level) => {
    if (level === 0) return;
    const strength = level / LEVELS;
    context.strokeStyle = `rgb(0 0 0 / ${0.5 * strength})`;
    context.lineWidth = (1 + 2 * strength) * unit;
    context.stroke(path);
    context.strokeStyle = `rgb(255 255 255 / ${0.95 * strength})`;
    context.lineWidth = (0.6 + 0.9 * strength) * unit;
    context.stroke(path);
  });
}

function paintPointed(
  context: CanvasRenderingContext2D,
  members: ReadonlySet<number>,
  grid: number,
  side: number,
  accent: string,
): void {
  const cell = side / grid;
  context.fillStyle = 'rgb(0 0 0 / 0.35)';
  for (let patch = 0; patch < grid * grid; patch++) {
    if (!members.has(patch)) context.fillRect((patch % grid) * cell, Math.floor(patch / grid) * cell, cell, cell);
  }
  paintOutline(context, members, grid, side, accent, false);
}

/** The outline of some patches: a solid or dashed line on white, so that it is visible on any picture. */
function paintOutline(
  context: CanvasRenderingContext2D,
  members: ReadonlySet<number>,
  grid: number,
  side: number,
  colour: string,
  dashed: boolean,
): void {
  const cell = side / grid;
  const outline = new Path2D();
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    outline.moveTo(x1 * cell, y1 * cell);
    outline.lineTo(x2 * cell, y2 * cell);
  };
  for (const patch of members) {
    const x = patch % grid;
    const y = Math.floor(patch / grid);
    if (y === 0 || !members.has(patch - grid)) line(x, y, x + 1, y);
    if (y === grid - 1 || !members.has(patch + grid)) line(x, y + 1, x + 1, y + 1);
    if (x === 0 || !members.has(patch - 1)) line(x, y, x, y + 1);
    if (x === grid - 1 || !members.has(patch + 1)) line(x + 1, y, x + 1, y + 1);
  }
  const unit = side / 480;
  context.strokeStyle = '#ffffff';
  context.lineWidth = 5 * unit;
  context.stroke(outline);
  context.strokeStyle = colour;
  context.lineWidth = 2.5 * unit;
  if (dashed) context.setLineDash([6 * unit, 5 * unit]);
  context.stroke(outline);
  context.setLineDash([]);
}
