import { modelName } from '../names.js';
import { along, leastCovering, twoLines, type Box, type Spot } from './labels.js';
import { LINE, type Layout, type Words } from './parts.js';
import { referencesOf, scheduleOfPoint, type Point } from './points.js';

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

/** The spots that words should not cover: marks, error bars, lines, single seeds, and the lines across the figure. */
function spotsOf(layout: Omit<Layout, 'words'>): Spot[] {
  const { marks, lines, front, style, right } = layout;
  const { radius } = style;
  const step = style.font / 2;
  const levels = [layout.uncompressed, layout.smaller, layout.chance].filter((y) => y !== null);
  return [
    ...levels.flatMap((y) =>
      along(
        [
          { x: style.margin.left, y },
          { x: right, y },
        ],
        step,
      ),
    ),
    ...marks.flatMap(({ x, y, bar, across, seeds }) => [
      ...[-radius, 0, radius].flatMap((dx) => [-radius, 0, radius].map((dy) => ({ x: x + dx, y: y + dy }))),
      ...(bar
        ? along(
            [
              { x, y: bar.to },
              { x, y: bar.from },
            ],
            step,
          )
        : []),
      ...(across
        ? along(
            [
              { x: across.from, y },
              { x: across.to, y },
            ],
            step,
          )
        : []),
      ...seeds.map((seed) => ({ x, y: seed })),
    ]),
    ...[front, ...lines.map(({ spots }) => spots)].flatMap((spots) => along(spots, step)),
  ];
}

/** A point's label: its rate, if that is a word such as `high`. */
function markLabel(point: Point): string {
  const schedule = scheduleOfPoint(point);
  return schedule.length <= 12 ? schedule : 'list';
}

type Corners = (width: number, height: number) => readonly Spot[];

/** Places words one after another, each where it covers the least of what is drawn and no earlier words. */
class Placing {
  readonly placed: Words[] = [];
  readonly #spots: readonly Spot[];
  readonly #layout: Omit<Layout, 'words'>;

  constructor(layout: Omit<Layout, 'words'>) {
    this.#layout = layout;
    this.#spots = spotsOf(layout);
  }

  /** @param corners returns the upper left corners that words of this size may have. */
  put(lines: readonly string[], tone: Words['tone'], corners: Corners): void {
    const { style, right } = this.#layout;
    const pad = style.font / 3;
    const width = Math.max(...lines.map((text) => style.widthOf(text, style.font))) + 2 * pad;
    const height = LINE * style.font * lines.length;
    const inside = corners(width, height).filter(
      (corner) => corner.x >= style.margin.left - pad && corner.x + width <= right + style.margin.right,
    );
    const candidates = inside.map((corner) => ({ lines, tone, box: { ...corner, width, height } }));
    const boxes: readonly Box[] = this.placed.map(({ box }) => box);
    const chosen = leastCovering(candidates, this.#spots, boxes);
    if (chosen) this.placed.push(chosen);
  }
}

function across(from: number, to: number, parts: readonly number[], rows: readonly number[], width: number): Spot[] {
  return rows.flatMap((row) => parts.map((part) => ({ x: from + part * Math.max(0, to - from - width), y: row })));
}

/** The labels of the points, then the names of the lines across the figure and of the region of adverse compression. */
export function placedWords(layout: Omit<Layout, 'words'>, points: readonly Point[], chance: number | null): Words[] {
  const placing = new Placing(layout);
  const { style, right, bottom } = layout;
  const { left } = style.margin;
  const { uncompressed, smaller } = referencesOf(points);
  /** Candidates just above and just below a line across the figure. */
  const beside =
    (at: number): Corners =>
    (width, height) => {
      const rows = [at - height - 1, at + 2, at + height].filter((top) => top > 0 && top + height < bottom);
      return across(left, right, [0, 1, 0.25, 0.5, 0.75, 0.13, 0.87], rows, width);
    };
  labelMarks(layout, placing);
  if (uncompressed && layout.uncompressed !== null)
    placing.put(
      [`${modelName(uncompressed.runs[0]?.configuration.model ?? '')}, no merging ${percent(uncompressed.y)}`],
      'ink',
      beside(layout.uncompressed),
    );
  if (smaller && layout.smaller !== null)
    placing.put(twoLines(`${smaller.name} ${percent(smaller.point.y)}`), 'ink', beside(layout.smaller));
  if (layout.chance !== null && chance !== null) placing.put([`chance ${percent(chance)}`], 'soft', beside(layout.chance));
  const { adverse } = layout;
  if (adverse)
    placing.put(['adverse compression'], 'wrong', (width, height) => {
      const rows = [bottom - height - 3, adverse.y + (adverse.height - height) / 2, adverse.y + 3];
      const fitting = rows.filter((top) => top > adverse.y && top + height < bottom);
      return across(adverse.x, adverse.x + adverse.width, [0.5, 1, 0], fitting, width);
    });
  return placing.placed;
}

/** Labels points with their rate; points of the same rate that are close together share one label. */
function labelMarks({ marks, style }: Omit<Layout, 'words'>, placing: Placing): void {
  const named = marks.filter(({ point }) => markLabel(point) !== '');
  const groups: (typeof named)[] = [];
  for (const mark of named) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    const together = before && markLabel(before.point) === markLabel(mark.point) && mark.x - before.x <= 4 * style.radius;
    if (together) last?.push(mark);
    else groups.push([mark]);
  }
  for (const group of groups) {
    const [first] = group;
    const last = group.at(-1);
    if (!first || !last) continue;
    const top = Math.min(...group.map(({ y, bar }) => Math.min(y - style.radius, bar?.to ?? y)));
    const foot = Math.max(...group.map(({ y, bar }) => Math.max(y + style.radius, bar?.from ?? y)));
    const middle = group.reduce((sum, { y }) => sum + y, 0) / group.length;
    const gap = style.radius * 1.4;
    placing.put([markLabel(first.point)], 'soft', (width, height) => {
      const centre = (first.x + last.x - width) / 2;
      const [after, before] = [last.x + gap, first.x - gap - width];
      return [
        { x: centre, y: foot + 1 },
        { x: after, y: middle - height / 2 },
        { x: before, y: middle - height / 2 },
        { x: centre, y: top - height - 1 },
        { x: after, y: foot - height },
        { x: after, y: top },
        { x: before, y: foot - height },
        { x: before, y: top },
      ];
    });
  }
}
