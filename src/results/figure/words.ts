import { modelName } from '../words/names.js';
import { along, leastCovering, twoLines, type Spot } from './labels.js';
import { LINE, type Layout, type Words } from './parts.js';
import { referencesOf, scheduleOfPoint, type Point } from './points.js';

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

type Unnamed = Omit<Layout, 'words'>;

/** Half a cap of an error bar, in radii: as wide as it is drawn anywhere. */
const CAP = 0.8;

/** Marks, their error bars with their caps, and the single seeds. */
function markSpots({ marks, style: { radius, font } }: Unnamed): Spot[] {
  const step = font / 3;
  const cap = CAP * radius;
  const offsets = [-radius, 0, radius];
  return marks.flatMap(({ x, y, bar, across, seeds }) => [
    ...offsets.flatMap((dx) => offsets.map((dy) => ({ x: x + dx, y: y + dy }))),
    // Both sides of a bar: words that end beside it would touch its caps.
    ...(bar
      ? [-cap, 0, cap].flatMap((dx) =>
          along(
            [bar.to, bar.from].map((end) => ({ x: x + dx, y: end })),
            step,
          ),
        )
      : []),
    ...(across
      ? [-cap, 0, cap].flatMap((dy) =>
          along(
            [across.from, across.to].map((end) => ({ x: end, y: y + dy })),
            step,
          ),
        )
      : []),
    ...seeds.map((seed) => ({ x, y: seed })),
  ]);
}

/** The lines between the marks, and those across the whole figure. */
function lineSpots({ lines, front, style, right, uncompressed, smaller, chance }: Unnamed): Spot[] {
  const step = style.font / 2;
  const levels = [uncompressed, smaller, chance].filter((y) => y !== null);
  return [
    ...levels.flatMap((y) =>
      along(
        [style.margin.left, right].map((x) => ({ x, y })),
        step,
      ),
    ),
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
  readonly #marks: readonly Spot[];
  readonly #lines: readonly Spot[];
  readonly #layout: Unnamed;

  constructor(layout: Unnamed) {
    this.#layout = layout;
    this.#marks = markSpots(layout);
    this.#lines = lineSpots(layout);
  }

  /**
   * @param broken the words in lines, in one or more ways, the best first.
   * @param corners the left upper corners they may have, for their size.
   */
  put(broken: readonly (readonly string[])[], tone: Words['tone'], corners: Corners): void {
    const { style, right } = this.#layout;
    const pad = style.font / 3;
    const candidates = broken.flatMap((lines) => {
      const width = Math.max(...lines.map((text) => style.widthOf(text, style.font))) + 2 * pad;
      const height = LINE * style.font * lines.length;
      return corners(width, height)
        .filter((corner) => corner.x >= style.margin.left - pad && corner.x + width <= right + style.margin.right)
        .map((corner) => ({ lines, tone, box: { ...corner, width, height } }));
    });
    const words = this.placed.map(({ box }) => box);
    const chosen = leastCovering(candidates, { words, marks: this.#marks, lines: this.#lines });
    if (chosen) this.placed.push(chosen);
  }
}

/** Shares of the room beside a line where its name may begin: its ends first, then its middle, then anywhere. */
const PLACES = [0, 1, 0.5, 0.25, 0.75, ...Array.from({ length: 19 }, (_, index) => (index + 1) / 20)];

function across(from: number, to: number, parts: readonly number[], rows: readonly number[], width: number): Spot[] {
  return rows.flatMap((row) => parts.map((part) => ({ x: from + part * Math.max(0, to - from - width), y: row })));
}

/** Labels of the points, then the names of the lines across the figure and of the region between them. */
export function placedWords(layout: Unnamed, points: readonly Point[], chance: number | null): Words[] {
  const placing = new Placing(layout);
  const { style, right, bottom } = layout;
  const { left } = style.margin;
  const { uncompressed, smaller } = referencesOf(points);
  /** Candidates just above and just below a line across the figure. */
  const beside =
    (at: number): Corners =>
    (width, height) => {
      const rows = [at - height - 1, at + 2, at + height].filter((top) => top > 0 && top + height < bottom);
      return across(left, right, PLACES, rows, width);
    };
  labelMarks(layout, placing);
  if (uncompressed && layout.uncompressed !== null) {
    const name = modelName(uncompressed.runs[0]?.configuration.model ?? '');
    const [merging, accuracy] = ['no merging', percent(uncompressed.y)];
    const narrower = [
      [name, `${merging} ${accuracy}`],
      [name, merging, accuracy],
    ];
    placing.put([[`${name}, ${merging} ${accuracy}`], ...narrower], 'ink', beside(layout.uncompressed));
  }
  if (smaller && layout.smaller !== null)
    placing.put([twoLines(`${smaller.name} ${percent(smaller.point.y)}`)], 'ink', beside(layout.smaller));
  if (layout.chance !== null && chance !== null) placing.put([[`chance ${percent(chance)}`]], 'soft', beside(layout.chance));
  const { adverse } = layout;
  if (adverse)
    placing.put([['adverse compression']], 'wrong', (width, height) => {
      const rows = [bottom - height - 3, adverse.y + (adverse.height - height) / 2, adverse.y + 3];
      const fitting = rows.filter((top) => top > adverse.y && top + height < bottom);
      return across(adverse.x, adverse.x + adverse.width, [0.5, 1, 0], fitting, width);
    });
  return placing.placed;
}

/** A point's rate beside it: one word for points of one rate that stand together. */
function labelMarks({ marks, style }: Unnamed, placing: Placing): void {
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
    const clear = style.radius * 0.6;
    placing.put([[markLabel(first.point)]], 'soft', (width, height) => {
      const centre = (first.x + last.x - width) / 2;
      const [after, before] = [last.x + gap, first.x - gap - width];
      return [
        { x: centre, y: foot + clear },
        { x: after, y: middle - height / 2 },
        { x: before, y: middle - height / 2 },
        { x: centre, y: top - height - clear },
        { x: after, y: foot - height },
        { x: after, y: top },
        { x: before, y: foot - height },
        { x: before, y: top },
        // Where its neighbours leave no room beside it: above or below, a little to a side.
        { x: after, y: foot + 1 },
        { x: after, y: top - height - 1 },
        { x: before, y: foot + 1 },
        { x: before, y: top - height - 1 },
      ];
    });
  }
}
