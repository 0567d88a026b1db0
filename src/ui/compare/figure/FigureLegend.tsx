import { METHODS, methodUnit } from '../../../vit/methods/index.js';
import type { Point } from '../../../results/figure/points.js';
import { wordsWidth } from '../../../results/figure/labels.js';
import { SvgWords } from '../../common/Equation.js';
import { methodColour } from '../../styles/colours.js';

/** The figure's measures in CSS pixels: the plot and its axes, without the legend under them. */
export const HEIGHT = 300;
export const MARGIN = { top: 16, right: 16, bottom: 40, left: 62 };
export const FONT = 12;

const ROW = 20;
const MARK = 26;
const GAP = 14;

type Sign = 'dot' | 'hollow' | 'seed' | 'front';

interface Entry {
  readonly sign: Sign;
  readonly text: string;
  readonly colour: string;
  readonly x: number;
  readonly row: number;
}

function entriesOf(points: readonly Point[], front: boolean, width: number): Entry[] {
  const methods = METHODS.filter((method) => points.some((point) => point.method === method));
  const all: { sign: Sign; text: string; colour: string }[] = methods.map((method) => ({
    sign: 'dot',
    text: methodUnit(method).label,
    colour: methodColour(method),
  }));
  if (points.some((point) => !point.settled)) all.push({ sign: 'hollow', text: 'not finished', colour: 'var(--ink-soft)' });
  if (points.some(({ runs }) => runs.length > 1)) all.push({ sign: 'seed', text: 'one seed', colour: 'var(--ink-soft)' });
  if (front) all.push({ sign: 'front', text: 'Pareto front', colour: 'var(--ink-faint)' });
  let x = MARGIN.left;
  let row = 0;
  return all.map((entry) => {
    const needed = MARK + wordsWidth(entry.text, FONT);
    if (x + needed > width && x > MARGIN.left) {
      x = MARGIN.left;
      row++;
    }
    const placed = { ...entry, x, row };
    x += needed + GAP;
    return placed;
  });
}

/** The legend's height in CSS pixels. */
export const legendHeight = (points: readonly Point[], front: boolean, width: number): number =>
  ROW * ((entriesOf(points, front, width).at(-1)?.row ?? 0) + 1);

/** The legend, a part of the SVG. */
export function Legend({ points, front, width }: { points: readonly Point[]; front: boolean; width: number }) {
  return (
    <g aria-hidden>
      {entriesOf(points, front, width).map(({ sign, text, colour, x, row }) => {
        const y = HEIGHT + row * ROW + 8;
        return (
          <g key={text}>
            <SignAt {...{ sign, colour, x, y }} />
            <text x={x + MARK - 4} y={y + 4} fill="var(--ink-soft)">
              <SvgWords text={text} />
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** Each sign as the figure draws it: seeds as the small dots that they are around a mark, the front as a step of it. */
function SignAt({ sign, colour, x, y }: Pick<Entry, 'sign' | 'colour' | 'x'> & { readonly y: number }) {
  switch (sign) {
    case 'front':
      return <path d={`M${x} ${y + 4}h9v-8h9`} fill="none" stroke={colour} strokeDasharray="1 3" />;
    case 'seed':
      return [-4, 1, 4].map((dy) => <circle key={dy} cx={x + 9} cy={y + dy} r="2" fill="var(--ground)" stroke={colour} />);
    case 'dot':
      return <circle cx={x + 9} cy={y} r="4.5" fill={colour} />;
    case 'hollow':
      return <circle cx={x + 9} cy={y} r="4.5" fill="none" stroke={colour} strokeWidth="2" />;
  }
}
