import { modelName } from '../words/names.js';
import { along, fromLeft, leastCovering, twoLines, type Box, type Spot } from './labels.js';
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
    // Densely, since a line across strikes words through.
    ...levels.flatMap((y) =>
      along(
        [style.margin.left, right].map((x) => ({ x, y })),
        step / 5,
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

/** The left upper corner of words. */
interface Place extends Spot {
  /** For words that stand apart from what they name: the spot that a line leads to, and how many steps they stand apart. */
  readonly apart?: { readonly x: number; readonly y: number; readonly steps: number };
}

type Places = (width: number, height: number) => readonly Place[];

/** How far apart words may stand from what they name, in steps of half their height, and what a step costs: less than a spot of a mark. */
const STEPS = 8;
const STEP_COST = 5;

/** Steps from 2 on: nearer, a leading line would be too short to see. */
const steps = Array.from({ length: STEPS - 1 }, (_, index) => index + 2);

/** The leading line of words at a place, and the room that it needs. */
function leaderOf({ y, apart }: Place, height: number, font: number): Pick<Words, 'leader'> & { room?: Box } {
  if (!apart) return {};
  const from = y > apart.y ? y : y + height;
  // As wide as spots of a line are apart, so that it passes none unseen.
  const room = { x: apart.x - font / 4, y: Math.min(from, apart.y), width: font / 2, height: Math.abs(from - apart.y) };
  return { leader: { x: apart.x, from, to: apart.y }, room };
}

/** Places words one after another, each where it covers the least of what is drawn and no earlier words. */
class Placing {
  readonly placed: Words[] = [];
  /** The room of the words and of their leading lines. */
  readonly #taken: Box[] = [];
  readonly #marks: readonly Spot[];
  readonly #lines: readonly Spot[];
  readonly #layout: Unnamed;

  constructor(layout: Unnamed) {
    this.#layout = layout;
    this.#marks = fromLeft(markSpots(layout));
    this.#lines = fromLeft(lineSpots(layout));
  }

  /**
   * @param broken the words in lines, in one or more ways, the best first.
   * @param places where they may stand, for their size.
   */
  put(broken: readonly (readonly string[])[], tone: Words['tone'], places: Places): void {
    const { style, right, bottom } = this.#layout;
    const pad = style.font / 3;
    const candidates = broken.flatMap((lines) => {
      const width = Math.max(...lines.map((text) => style.widthOf(text, style.font))) + 2 * pad;
      const height = LINE * style.font * lines.length;
      return places(width, height)
        .filter(({ x }) => x >= style.margin.left - pad && x + width <= right + style.margin.right)
        .filter(({ y, apart }) => !apart || (y >= 0 && y + height <= bottom))
        .map((place) => {
          const { leader, room } = leaderOf(place, height, style.font);
          const words: Words = { lines, tone, box: { x: place.x, y: place.y, width, height }, ...(leader ? { leader } : {}) };
          return { words, box: words.box, leader: room, cost: STEP_COST * (place.apart?.steps ?? 0) };
        });
    });
    const chosen = leastCovering(candidates, { words: this.#taken, marks: this.#marks, lines: this.#lines });
    if (!chosen) return;
    this.placed.push(chosen.words);
    this.#taken.push(chosen.box, ...(chosen.leader ? [chosen.leader] : []));
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
  const levels = [layout.uncompressed, layout.smaller, layout.chance].filter((level) => level !== null);
  /**
   * Places just above and just below a line across the figure, and then farther from it, with a line that leads there past no other line
   * across.
   */
  const beside =
    (at: number): Places =>
    (width, height) => {
      const rows = [at - height - 1, at + 2].filter((top) => top > 0 && top + height < bottom);
      const apart = steps.flatMap((count) =>
        [at - height - (count * height) / 2, at + (count * height) / 2]
          .filter((row) => !levels.some((level) => (level - at) * (level - row - height / 2) < 0))
          .flatMap((row) =>
            across(left, right, PLACES, [row], width).flatMap((corner) =>
              [0.5, 0.1, 0.9].map((part) => ({ ...corner, apart: { x: corner.x + part * width, y: at, steps: count } })),
            ),
          ),
      );
      return [...across(left, right, PLACES, rows, width), ...apart];
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
        ...steps.flatMap((count): Place[] => [
          { x: centre, y: foot + (count * height) / 2, apart: { x: centre + width / 2, y: foot, steps: count } },
          { x: centre, y: top - height - (count * height) / 2, apart: { x: centre + width / 2, y: top, steps: count } },
        ]),
      ];
    });
  }
}
