import type { RunRecord } from '../../protocol/runs/run.js';
import { adapterTags } from '../../vit/adapters/index.js';
import { dataName, listed, modelName } from '../words/names.js';
import { chanceOf, pointName, seedsOf, type Measure, type Over, type Point } from './points.js';
import { isDrawn } from '../../vit/configuration.js';

/** The chosen horizontal axis. */
export interface Axis {
  readonly measure: Measure;
  /** For tokens: the block after which they are counted, from 1; null for the last. */
  readonly block: number | null;
}

const runsOf = (points: readonly Point[]): RunRecord[] => points.flatMap(({ runs }) => [...runs]);
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** `1000`, or `1000 to 5000` if the values differ. */
function span(values: readonly number[], unit: (value: number) => string = String): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? unit(low) : `${unit(low)} to ${unit(high)}`;
}

/** The title of the vertical axis: of which part, and on how many pictures. */
export function accuracyTitle(points: readonly Point[]): string {
  const parts = distinct(points.map(({ part }) => part));
  const [first = ''] = parts;
  const name = parts.length > 1 ? 'Accuracy, test or validation' : `${first[0]?.toUpperCase() ?? ''}${first.slice(1)} accuracy`;
  return `${name} (n = ${span(points.map(({ pictures }) => pictures))})`;
}

/** The machines that the speeds were measured on. */
export const machinesOf = (points: readonly Point[]): string[] =>
  distinct(runsOf(points).map((run) => run.test?.adapter ?? run.adapter.name));

/** The title of the horizontal axis. @param blocks the backbone's number of blocks. */
export function axisTitle({ measure, block }: Axis, blocks: number): string {
  if (measure === 'macs') return 'GMACs of one forward';
  if (measure === 'speed') return 'measured inference, images/s';
  return block === null || block === blocks
    ? 'tokens left after the last block'
    : `tokens left after block ${block} of ${blocks}`;
}

/** Data set, backbone and picture size, which all points of a figure share. */
export function subjectOf(points: readonly Point[]): string {
  const configurations = runsOf(points).map(({ configuration }) => configuration);
  const models = distinct(configurations.map(({ model }) => modelName(model)));
  const data = distinct(configurations.map((configuration) => dataName(configuration.data)));
  return `${data.join(', ')} · ${models.join(', ')} · ${sizesOf(points).join(', ')} px`;
}

const BARS: Readonly<Record<Over, string>> = {
  seeds: '95 % interval of the mean over seeds (Student’s t)',
  'two seeds': 'the lower and the higher of two seeds',
  pictures: '95 % interval of a single run over the test pictures (Wilson)',
};

/** What the error bars are, in words. */
export function barsSentence(points: readonly Point[]): string {
  const kinds = (Object.keys(BARS) as Over[]).filter((over) => points.some((point) => point.settled && point.over === over));
  return kinds.length === 0 ? '' : `Error bars: ${kinds.map((over) => BARS[over]).join('; ')}.`;
}

const seedWords = (list: string): string => `${/[,–]/.test(list) ? 'seeds' : 'seed'} ${list}`;

/** The seeds that points are means of: the most common set of seeds, then the points that differ. */
function seedsSentence(points: readonly Point[]): string {
  const lists = points.map((point) => listed(seedsOf(point)));
  const count = (list: string): number => lists.filter((other) => other === list).length;
  const [most = '', ...others] = distinct(lists).sort((a, b) => count(b) - count(a));
  const named = others.map((list) => {
    const own = points.filter((_, index) => lists[index] === list).map(nameAmong(points));
    return `; ${own.join(', ')}: ${seedWords(list)}`;
  });
  const several = points.some(({ runs }) => runs.length > 1) ? ' Small dots: single seeds.' : '';
  return `${/[,–]/.test(most) ? 'Means over' : 'Of'} ${seedWords(most)}${named.join('')}.${several}`;
}

/** Names points, with the backbone if another point has the same name, and with the picture size if that does not suffice. */
function nameAmong(points: readonly Point[]): (point: Point) => string {
  const modelOf = ({ runs }: Point): string => modelName(runs[0]?.configuration.model ?? '');
  return (point) => {
    const same = points.filter((other) => pointName(other) === pointName(point));
    if (same.length === 1) return pointName(point);
    const size = same.filter((other) => modelOf(other) === modelOf(point)).length > 1;
    return `${pointName(point)} (${modelOf(point)}${size ? `, ${point.runs[0]?.configuration.imageSize ?? 0} px` : ''})`;
  };
}

const sizesOf = (points: readonly Point[]): number[] =>
  distinct(runsOf(points).map(({ configuration }) => configuration.imageSize)).sort((a, b) => a - b);

/** The parts of the recipe that all points share. */
function recipeSentence(points: readonly Point[]): string {
  const configurations = runsOf(points).map(({ configuration }) => configuration);
  const tags = distinct(configurations.map((configuration) => adapterTags(configuration).join(', ')));
  const epochs = configurations.map((configuration) => configuration.epochs);
  return `${tags.join('; ')}, ${span(epochs)} ${Math.max(...epochs) === 1 ? 'epoch' : 'epochs'} of ${span(runsOf(points).map(({ pictures }) => pictures.train))} training pictures.`;
}

/** The figure's caption, with everything that a reader of the figure has to know. */
export function captionOf(points: readonly Point[], axis: Axis): string {
  const [first] = points;
  const [run] = first?.runs ?? [];
  if (!first || !run) return '';
  const chance = chanceOf(points);
  const machines = axis.measure === 'speed' ? `, measured on ${machinesOf(points).join(' and ')}` : '';
  const part = first.part === 'test' ? 'test' : 'validation';
  const { data } = run.configuration;
  const drawn = isDrawn(data) ? ', drawn anew for each seed' : '';
  return [
    `${part === 'test' ? 'Test' : 'Validation'} accuracy against ${axisTitle(axis, run.tokens.length - 1)}${machines}, on ${dataName(data)} (${span(points.map(({ pictures }) => pictures))} ${part} pictures${drawn}), ${distinct(runsOf(points).map(({ configuration }) => modelName(configuration.model))).join(', ')} at ${sizesOf(points).join(' and ')} px.`,
    recipeSentence(points),
    runsOf(points).some(({ configuration }) => configuration.protocol === 'released')
      ? 'Runs marked “released” show the best of repeated test measurements.'
      : '',
    seedsSentence(points),
    barsSentence(points),
    'Points of about the same cost are moved apart sideways.',
    chance === null ? '' : `Chance, always predicting the most frequent class, is ${(chance * 100).toFixed(1)} %.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/** A data set's name within a figure's file name: without dots, since LaTeX takes what follows the first one for the file's kind. */
export const figureFileName = (data: string): string =>
  data
    .replace(/^task:/, '')
    .replace(/\.zip$/i, '')
    .replaceAll('.', '-');
