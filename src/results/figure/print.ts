import { METHODS, methodUnit } from '../../vit/methods/index.js';
import { spoken } from '../../vit/names/notation.js';
import { METHOD_COLOURS } from '../method-colours.js';
import { outlinePaths, outlineWidth } from '../outlines/outline.js';
import { escapeXml } from '../xml.js';
import { layoutFigure } from './layout.js';
import { LINE, type FigureStyle, type Layout, type Mark, type Words } from './parts.js';
import type { Spot } from './labels.js';
import { pointName, type Point } from './points.js';
import { accuracyTitle, axisTitle, subjectOf, type Axis } from './titles.js';

/** Points of type (1/72 inch) in a millimetre. */
const POINTS = 72 / 25.4;

/** The text width of a one-column paper (LNCS), with type of 8 points: a paper includes the figure without scaling it. */
const WIDTH_MM = 122;
const WIDTH = Math.round(WIDTH_MM * POINTS);
const STYLE: FigureStyle = {
  width: WIDTH,
  height: 212,
  margin: { top: 18, right: 8, bottom: 32, left: 46 },
  font: 8,
  radius: 2.6,
  widthOf: outlineWidth,
};

const INK = '#1a1a1a';
const SOFT = '#4a4a4a';
const RULE = '#dddddd';
const ADVERSE = '#f7e9e7';
const WRONG = '#a5271f';
const TONES: Readonly<Record<Words['tone'], string>> = { ink: INK, soft: SOFT, wrong: WRONG };

const at = (value: number): string => String(Number(value.toFixed(2)));

/** Words as outlines, which look the same wherever the figure is printed; the text itself is in the group's label. */
function text(words: string, x: number, y: number, { size = STYLE.font, colour = INK, anchor = 0, turned = false } = {}): string {
  const left = anchor * outlineWidth(words, size);
  const turn = turned ? ` rotate(-90)` : '';
  const place = `translate(${at(x)} ${at(y)})${turn} translate(${at(-left)} 0) scale(${size / 1000})`;
  return `<g aria-label="${escapeXml(spoken(words))}" fill="${colour}" transform="${place}">${outlinePaths(words)}</g>`;
}

const rule = (x1: number, y1: number, x2: number, y2: number, colour: string, more = ''): string =>
  `<path d="M${at(x1)} ${at(y1)}L${at(x2)} ${at(y2)}" stroke="${colour}" fill="none" ${more}/>`;

const MIDDLE = 0.5;
const END = 1;

/**
 * The figure of accuracy against compression as an SVG file for print: light, with words as outlines and error bars with caps.
 *
 * @param points at least one, of one data set.
 */
export function compressionSvg(points: readonly Point[], axis: Axis, title: string): string {
  return printFigure(points, axis, title).svg;
}

/** {@link compressionSvg} with its size in points of type (1/72 inch). */
export function printFigure(
  points: readonly Point[],
  axis: Axis,
  title: string,
): { readonly svg: string; readonly width: number; readonly height: number } {
  const layout = layoutFigure(points, axis.measure, STYLE);
  const signs = legend(points, layout.front.length > 0);
  const height = STYLE.height + signs.height;
  const blocks = (points[0]?.runs[0]?.tokens.length ?? 1) - 1;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${at(height)}" width="${WIDTH_MM}mm" height="${at(height / POINTS)}mm" role="img" aria-label="${escapeXml(title)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${at(height)}" fill="#ffffff"/>`,
    ...axes(layout, accuracyTitle(points), axisTitle(axis, blocks), subjectOf(points)),
    ...lines(layout),
    ...layout.marks.map(mark),
    ...layout.words.map(words),
    ...signs.svg,
    '</svg>',
  ].join('\n');
  return { svg, width: WIDTH, height };
}

function axes(
  { style, right, bottom, xTicks, yTicks, adverse }: Layout,
  yTitle: string,
  xTitle: string,
  subject: string,
): string[] {
  const { left, top } = style.margin;
  const { font } = style;
  return [
    adverse
      ? `<rect x="${at(adverse.x)}" y="${at(adverse.y)}" width="${at(adverse.width)}" height="${at(adverse.height)}" fill="${ADVERSE}"/>`
      : '',
    text(subject, left, top - 8, { colour: SOFT }),
    ...yTicks.flatMap(({ at: height, words: value }) => [
      rule(left, height, right, height, RULE, 'stroke-width="0.5"'),
      text(value, left - 4, height + font * 0.36, { anchor: END }),
    ]),
    text(yTitle, font, (top + bottom) / 2, { anchor: MIDDLE, turned: true }),
    rule(left, bottom, right, bottom, INK, 'stroke-width="0.75"'),
    ...xTicks.flatMap(({ at: place, words: value }) => [
      rule(place, bottom, place, bottom + 3, INK, 'stroke-width="0.75"'),
      text(value, place, bottom + 4 + font, { anchor: MIDDLE }),
    ]),
    text(xTitle, (left + right) / 2, bottom + 9 + 2 * font, { anchor: MIDDLE }),
  ];
}

const polyline = (spots: readonly Spot[]): string =>
  spots.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('');

function lines({ style, right, uncompressed, smaller, chance, front, lines: series }: Layout): string[] {
  const { left } = style.margin;
  const across = (height: number | null, more: string): string =>
    height === null ? '' : rule(left, height, right, height, INK, more);
  return [
    across(uncompressed, `stroke-width="1" stroke-opacity="0.6"`),
    across(smaller, 'stroke-width="0.75" stroke-dasharray="4 2.5"'),
    across(chance, 'stroke-width="0.75" stroke-dasharray="0.8 2" stroke-linecap="round"'),
    front.length > 0
      ? `<path d="${polyline(front)}" fill="none" stroke="${SOFT}" stroke-width="0.6" stroke-dasharray="0.6 1.8"/>`
      : '',
    ...series
      .filter(({ spots }) => spots.length > 1)
      .map(
        ({ method, spots }) =>
          `<path d="${polyline(spots)}" fill="none" stroke="${METHOD_COLOURS[method].paper}" stroke-width="1.2" stroke-linejoin="round"/>`,
      ),
  ];
}

/** Half the length of an error bar's cap. */
const CAP = 2.2;

function mark({ point, x, y, bar, across, seeds }: Mark): string {
  const colour = METHOD_COLOURS[point.method].paper;
  const bars = [
    bar
      ? `M${at(x)} ${at(bar.to)}V${at(bar.from)}M${at(x - CAP)} ${at(bar.to)}h${2 * CAP}M${at(x - CAP)} ${at(bar.from)}h${2 * CAP}`
      : '',
    across
      ? `M${at(across.from)} ${at(y)}H${at(across.to)}M${at(across.from)} ${at(y - CAP)}v${2 * CAP}M${at(across.to)} ${at(y - CAP)}v${2 * CAP}`
      : '',
  ].join('');
  return [
    `<g aria-label="${escapeXml(`${spoken(pointName(point))}: ${(point.y * 100).toFixed(2)} %`)}">`,
    bars === '' ? '' : `<path d="${bars}" stroke="${colour}" stroke-width="0.9" fill="none"/>`,
    ...seeds.map(
      (height) => `<circle cx="${at(x)}" cy="${at(height)}" r="1.1" fill="#ffffff" stroke="${colour}" stroke-width="0.6"/>`,
    ),
    `<circle cx="${at(x)}" cy="${at(y)}" r="${STYLE.radius}" fill="${point.settled ? colour : '#ffffff'}" stroke="${point.settled ? '#ffffff' : colour}" stroke-width="0.6"/>`,
    '</g>',
  ].join('');
}

function words({ lines: written, tone, box, leader }: Words): string {
  const { font } = STYLE;
  const lead = leader ? rule(leader.x, leader.from, leader.x, leader.to, TONES[tone], 'stroke-width="0.5"') : '';
  return written
    .map((line, index) => text(line, box.x + font / 3, box.y + font * (0.95 + index * LINE), { colour: TONES[tone] }))
    .concat(lead)
    .join('');
}

interface Entry {
  readonly sign: string;
  readonly label: string;
}

/** The legend's entries, each with its sign drawn at 0, 0: methods, unfinished points, single seeds and the Pareto front. */
function legendEntries(points: readonly Point[], front: boolean): Entry[] {
  const dot = (radius: number, fill: string, stroke: string): string =>
    `<circle cx="4" cy="0" r="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="0.6"/>`;
  const methods = METHODS.filter((method) => points.some((point) => point.method === method));
  return [
    ...methods.map((method) => ({
      sign: dot(STYLE.radius, METHOD_COLOURS[method].paper, '#ffffff'),
      label: methodUnit(method).label,
    })),
    ...(points.some(({ settled }) => !settled) ? [{ sign: dot(STYLE.radius, '#ffffff', SOFT), label: 'not finished' }] : []),
    ...(points.some(({ runs }) => runs.length > 1) ? [{ sign: dot(1.1, '#ffffff', SOFT), label: 'one seed' }] : []),
    ...(front ? [{ sign: rule(0, 0, 8, 0, SOFT, 'stroke-width="0.6" stroke-dasharray="0.6 1.8"'), label: 'Pareto front' }] : []),
  ];
}

/** The entries side by side under the figure, in as many rows as needed, and the height of these rows. */
function legend(points: readonly Point[], front: boolean): { svg: string[]; height: number } {
  const { font, margin } = STYLE;
  let x = margin.left;
  let y = STYLE.height + 8;
  const svg = legendEntries(points, front).map(({ sign, label }) => {
    const width = 10 + outlineWidth(label, font);
    if (x > margin.left && x + width > WIDTH - margin.right) {
      x = margin.left;
      y += font * 1.5;
    }
    const entry = `<g transform="translate(${at(x)} ${at(y)})">${sign}${text(label, 10, font * 0.36)}</g>`;
    x += width + font * 1.5;
    return entry;
  });
  return { svg, height: y - STYLE.height + 8 };
}
