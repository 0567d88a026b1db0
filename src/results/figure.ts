import { scaleLinear } from 'd3-scale';
import { METHODS, UNREDUCED, methodUnit, type Method } from '../vit/methods/index.js';
import type { RunGroup } from './groups.js';
import { METHOD_COLOURS } from './method-colours.js';
import { chanceAccuracy } from './scores.js';
import { escapeXml } from './xml.js';

const WIDTH = 640;
const HEIGHT = 400;
const MARGIN = { left: 62, right: 20, top: 16, bottom: 74 };
const INK = '#1a1a1a';
const RULE = '#dddddd';
/** Points closer than this stand beside each other, in pixels. */
const NEAR = 9;

export interface References {
  /** The dearest group without merging. */
  readonly uncompressed: RunGroup | null;
  /** The most accurate group without merging that costs less than nine tenths of it. */
  readonly smaller: RunGroup | null;
}

const methodOf = (group: RunGroup): Method => group.runs[0]?.configuration.method ?? UNREDUCED;
const scheduleOf = (group: RunGroup): string => group.runs[0]?.configuration.schedule ?? '';

export function referencesOf(groups: readonly RunGroup[]): References {
  const plain = groups.filter((group) => methodOf(group) === UNREDUCED);
  const uncompressed = plain.reduce<RunGroup | null>((most, group) => (most && most.gmacs >= group.gmacs ? most : group), null);
  const cheaper = plain.filter((group) => uncompressed && group.gmacs < 0.9 * uncompressed.gmacs);
  const smaller = cheaper.reduce<RunGroup | null>(
    (best, group) => (best && best.accuracy >= group.accuracy ? best : group),
    null,
  );
  return { uncompressed, smaller };
}

/** Groups that no other beats in both cost and accuracy, from the cheapest on. */
export function paretoFront(groups: readonly RunGroup[]): RunGroup[] {
  const front: RunGroup[] = [];
  for (const group of [...groups].sort((a, b) => a.gmacs - b.gmacs || b.accuracy - a.accuracy)) {
    if (group.accuracy > (front.at(-1)?.accuracy ?? -Infinity)) front.push(group);
  }
  return front;
}

interface Placed {
  readonly group: RunGroup;
  readonly x: number;
}

/** Moves marks that would cover each other apart, a step to the right each. */
function dodge(groups: readonly RunGroup[], x: (gmacs: number) => number): Placed[] {
  const placed: Placed[] = [];
  for (const group of [...groups].sort(
    (a, b) => a.gmacs - b.gmacs || METHODS.indexOf(methodOf(a)) - METHODS.indexOf(methodOf(b)),
  )) {
    const own = x(group.gmacs);
    const last = placed.at(-1);
    placed.push({ group, x: last && own - last.x < NEAR ? last.x + NEAR : own });
  }
  return placed;
}

const text = (x: number, y: number, words: string, attributes = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${INK}" ${attributes}>${escapeXml(words)}</text>`;

const rule = (x1: number, y1: number, x2: number, y2: number, colour: string, more = ''): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}" ${more}/>`;

/**
 * Accuracy over multiply-accumulates as an SVG file of its own, for print: light, one line a method, error bars with caps for the
 * 95 % interval, the uncompressed network and the smaller native one as lines, and what lies under the smaller one shaded.
 *
 * @param groups at least one, of one data set.
 */
export function compressionSvg(groups: readonly RunGroup[], title: string): string {
  const { uncompressed, smaller } = referencesOf(groups);
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const x = scaleLinear()
    .domain([0, Math.max(...groups.map(({ gmacs }) => gmacs)) * 1.06])
    .range([MARGIN.left, right]);
  const lowest = Math.min(...groups.map(({ interval }) => interval.low));
  const highest = Math.max(...groups.map(({ interval }) => interval.high));
  const pad = Math.max((highest - lowest) * 0.08, 0.01);
  const y = scaleLinear()
    .domain([Math.max(0, lowest - pad), Math.min(1, highest + pad)])
    .range([bottom, MARGIN.top]);
  const at = (gmacs: number): number => x(gmacs);
  const placed = dodge(groups, at);
  const [first] = groups;
  const pictures = first?.pictures ?? 0;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeXml(title)}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...(smaller ? adverse(at(smaller.gmacs), right, y(smaller.accuracy), bottom) : []),
    ...yAxis(y, right, `Test accuracy (n = ${pictures})`, bottom),
    ...xAxis(x, bottom, 'GMACs of one forward'),
    ...(uncompressed ? reference(uncompressed, 'uncompressed', y, right, '') : []),
    ...chanceLine(first, y, right, bottom),
    ...(smaller ? reference(smaller, 'smaller network, no merging', y, right, 'stroke-dasharray="5 4"') : []),
    ...METHODS.filter((method) => method !== UNREDUCED).map((method) =>
      series(
        placed.filter(({ group }) => methodOf(group) === method),
        method,
        y,
      ),
    ),
    ...placed.map((entry) => mark(entry, y)),
    ...legend([...new Set(groups.map(methodOf))]),
    '</svg>',
  ].join('\n');
}

function adverse(left: number, right: number, top: number, bottom: number): string[] {
  const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
  return [
    `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="#f3e3e0"/>`,
    ...(height > 18
      ? [text(right - 6, bottom - 6, 'adverse compression', `text-anchor="end" font-size="11" opacity="0.7"`)]
      : []),
  ];
}

function yAxis(y: Scale, right: number, title: string, bottom: number): string[] {
  const ticks = y.ticks(6);
  const places = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0)) < 0.0099 ? 1 : 0;
  const middle = (MARGIN.top + bottom) / 2;
  return [
    ...ticks.flatMap((value) => [
      rule(MARGIN.left, y(value), right, y(value), RULE),
      text(MARGIN.left - 6, y(value) + 4, `${(value * 100).toFixed(places)} %`, 'text-anchor="end"'),
    ]),
    `<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle" fill="${INK}">${escapeXml(title)}</text>`,
  ];
}

/** Where always naming the most frequent class would lie, if it lies in the figure at all. */
function chanceLine(group: RunGroup | undefined, y: Scale, right: number, bottom: number): string[] {
  const test = group?.runs[0]?.test;
  if (!test) return [];
  const height = y(chanceAccuracy(test.confusion));
  if (height > bottom) return [];
  return [
    rule(MARGIN.left, height, right, height, INK, 'stroke-dasharray="1 3"'),
    text(
      right - 4,
      height - 4,
      `chance ${(chanceAccuracy(test.confusion) * 100).toFixed(1)} %`,
      'text-anchor="end" font-size="11"',
    ),
  ];
}

type Scale = ReturnType<typeof scaleLinear<number>>;

function xAxis(x: Scale, bottom: number, title: string): string[] {
  const [from = 0, to = 0] = x.range();
  return [
    rule(from, bottom, to, bottom, INK),
    ...x
      .ticks(6)
      .flatMap((value) => [
        rule(x(value), bottom, x(value), bottom + 4, INK),
        text(x(value), bottom + 17, String(Number(value.toFixed(6))), 'text-anchor="middle"'),
      ]),
    text((from + to) / 2, bottom + 36, title, 'text-anchor="middle"'),
  ];
}

function reference(group: RunGroup, name: string, y: Scale, right: number, dash: string): string[] {
  const height = y(group.accuracy);
  return [
    rule(MARGIN.left, height, right, height, INK, dash),
    text(MARGIN.left + 6, height - 4, `${name} ${(group.accuracy * 100).toFixed(1)} %`, 'font-size="11"'),
  ];
}

function series(placed: readonly Placed[], method: Method, y: Scale): string {
  if (placed.length < 2) return '';
  const path = placed
    .map(({ group, x }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y(group.accuracy).toFixed(1)}`)
    .join('');
  return `<path d="${path}" fill="none" stroke="${METHOD_COLOURS[method]}" stroke-width="2" stroke-linejoin="round"/>`;
}

function mark({ group, x }: Placed, y: Scale): string {
  const colour = METHOD_COLOURS[methodOf(group)];
  const [low, high, middle] = [y(group.interval.low), y(group.interval.high), y(group.accuracy)];
  const schedule = methodOf(group) === UNREDUCED ? '' : scheduleOf(group);
  const bar = `M${x.toFixed(1)} ${high.toFixed(1)}V${low.toFixed(1)}M${(x - 4).toFixed(1)} ${high.toFixed(1)}h8M${(x - 4).toFixed(1)} ${low.toFixed(1)}h8`;
  const name = `${methodUnit(methodOf(group)).label} ${schedule}`.trim();
  return [
    `<g><title>${escapeXml(`${name}: ${(group.accuracy * 100).toFixed(2)} %, ${group.runs.length} seeds`)}</title>`,
    `<path d="${bar}" stroke="${colour}" stroke-width="1.5" fill="none"/>`,
    `<circle cx="${x.toFixed(1)}" cy="${middle.toFixed(1)}" r="4.5" fill="${colour}" stroke="#ffffff"/>`,
    schedule.length > 0 && schedule.length < 12 ? text(x + 7, middle - 6, schedule, `font-size="10" fill-opacity="0.8"`) : '',
    '</g>',
  ].join('');
}

function legend(methods: readonly Method[]): string[] {
  let x = MARGIN.left;
  return METHODS.filter((method) => methods.includes(method)).map((method) => {
    const { label } = methodUnit(method);
    const entry = `<circle cx="${x + 5}" cy="${HEIGHT - 14}" r="4.5" fill="${METHOD_COLOURS[method]}"/>${text(x + 14, HEIGHT - 10, label)}`;
    x += 28 + label.length * 7;
    return entry;
  });
}

/** What the figure's error bars, numbers and lines are, in words to stand under it. */
export function compressionCaption(groups: readonly RunGroup[]): string {
  const [first] = groups;
  const test = first?.runs[0]?.test;
  if (!first || !test) return '';
  const seeds = groups.map(({ runs }) => runs.length);
  const [fewest, most] = [Math.min(...seeds), Math.max(...seeds)];
  const { configuration } = first.runs[0]!;
  const single = groups.some(({ over }) => over === 'pictures');
  return [
    `Test accuracy on ${first.pictures} pictures of ${configuration.data}, ${configuration.imageSize} pixels, backbone ${configuration.model}.`,
    most === 1 ? 'One seed a point.' : fewest === most ? `Mean over ${most} seeds.` : `Means over ${fewest} to ${most} seeds.`,
    `Error bars: 95 % interval${most > 1 ? ' of the mean over seeds (Student)' : ''}${single ? `${most > 1 ? '; of single runs' : ''} over the pictures (Wilson)` : ''}.`,
    `Always naming the most frequent class would give ${(chanceAccuracy(test.confusion) * 100).toFixed(1)} %.`,
  ].join(' ');
}
