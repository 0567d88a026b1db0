import { METHODS, methodUnit, reduces, type Method } from '../../vit/methods/index.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { deviation, meanInterval, proportionInterval, type Interval } from '../intervals.js';
import { modelName } from '../words/names.js';
import { chanceAccuracy } from '../scores.js';
import { isDrawn } from '../../vit/configuration.js';

export const MEASURES = ['macs', 'speed', 'tokens'] as const;
/** What the figure's horizontal axis shows. */
export type Measure = (typeof MEASURES)[number];

/** Test accuracy of a finished run, else the best validation accuracy so far; null before the first epoch. */
export function accuracyOf(run: RunRecord): { readonly value: number; readonly part: 'test' | 'validation' } | null {
  if (run.test) return { value: run.test.accuracy, part: 'test' };
  const measured = run.epochs.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
  return measured.length === 0 ? null : { value: Math.max(...measured), part: 'validation' };
}

/** Inference speed measured in the run's evaluation, in images per second; null before it. */
export function speedOf(run: RunRecord): number | null {
  return run.test?.imagesPerSecond ?? run.validation?.imagesPerSecond ?? null;
}

/** A run's value on the axis. @param block for tokens: the block after which they are counted, from 1; null for the last. */
export function measureOf(run: RunRecord, measure: Measure, block: number | null = null): number | null {
  if (measure === 'macs') return run.macs / 1e9;
  if (measure === 'tokens') return run.tokens.at(block ?? -1) ?? null;
  return speedOf(run);
}

/**
 * What an error bar shows: the interval of the mean over seeds (Student's t), the range of two seeds, or the interval over the pictures
 * of one run (Wilson).
 */
export type Over = 'seeds' | 'two seeds' | 'pictures';

/** The range of two values, whose t interval would be too wide to be of use; null for any other number of values. */
function rangeOfTwo(values: readonly number[]): Interval | null {
  const [one, other] = values;
  if (one === undefined || other === undefined || values.length > 2) return null;
  return { value: (one + other) / 2, low: Math.min(one, other), high: Math.max(one, other) };
}

/** The error bar of the accuracies of several seeds, or of one seed measured on `pictures`. */
function accuracyInterval(accuracies: readonly number[], pictures: number): { interval: Interval; over: Over } {
  const two = rangeOfTwo(accuracies);
  if (two) return { interval: two, over: 'two seeds' };
  const mean = meanInterval(accuracies);
  if (mean) return { interval: mean, over: 'seeds' };
  const one = accuracies[0] ?? 0;
  return { interval: proportionInterval(Math.round(one * pictures), Math.max(1, pictures)), over: 'pictures' };
}

const picturesOf = (run: RunRecord): number => run.test?.images ?? run.pictures.validation;

/** Runs that differ only in their seed, as one point. */
export interface Point {
  readonly key: string;
  readonly method: Method;
  /** The newest run of each seed; running a seed again gives no new information. */
  readonly runs: readonly RunRecord[];
  /** All runs, earlier runs of the same seed included. */
  readonly members: readonly RunRecord[];
  readonly x: number;
  /** The error bar of measured speeds: 95 % interval of the mean over runs, or the range of two; null for one run and for other measures. */
  readonly across: Interval | null;
  /** Mean accuracy over the seeds, 0 to 1, and its sample standard deviation (0 for one seed). */
  readonly y: number;
  readonly deviation: number;
  /** The accuracy's error bar, and its kind. */
  readonly interval: Interval;
  readonly over: Over;
  /** The number of pictures that each run was measured on. */
  readonly pictures: number;
  /** Whether all of its runs have finished. */
  readonly settled: boolean;
  readonly part: 'test' | 'validation';
}

/**
 * A key for the data that a run was trained and measured on. A drawn task is identified by its name, since each seed draws other pictures;
 * any other data set by its content, since different ones may have the same name.
 */
export function dataIdentity({ configuration, classes, pictures, dataFingerprint }: RunRecord): string {
  const { data, splitSeed } = configuration;
  return JSON.stringify(isDrawn(data) ? [data, classes, pictures] : [data, splitSeed, classes, pictures, dataFingerprint]);
}

function groupKey(run: RunRecord): string {
  const { seed: _seed, ...rest } = run.configuration;
  // Without merging the schedule is not used, so it does not distinguish runs.
  return JSON.stringify([dataIdentity(run), reduces(rest.method) ? rest : { ...rest, schedule: 'none' }]);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The newest run of each seed, ordered by seed. */
function newestOfEach(runs: readonly RunRecord[]): RunRecord[] {
  const newest = new Map<number, RunRecord>();
  for (const run of runs) {
    const other = newest.get(run.configuration.seed);
    if (!other || other.started < run.started) newest.set(run.configuration.seed, run);
  }
  return [...newest.values()].sort((a, b) => a.configuration.seed - b.configuration.seed);
}

/** The runs that can be averaged: all finished or all unfinished, all measured on the same part. */
function comparable(group: readonly RunRecord[]): readonly RunRecord[] {
  const finished = group.filter((run) => run.state === 'finished');
  const ended = finished.length > 0 ? finished : group;
  const tested = ended.filter((run) => accuracyOf(run)?.part === 'test');
  return tested.length > 0 ? tested : ended;
}

/** Groups runs to points. @param block as in {@link measureOf}. */
export function pointsOf(runs: readonly RunRecord[], measure: Measure, block: number | null = null): Point[] {
  const groups = new Map<string, RunRecord[]>();
  for (const run of runs) {
    if (run.state === 'failed' || accuracyOf(run) === null || measureOf(run, measure, block) === null) continue;
    const key = groupKey(run);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups].flatMap(([key, members]) => {
    const counted = newestOfEach(comparable(members));
    const [first] = counted;
    if (!first) return [];
    const accuracies = counted.map((run) => accuracyOf(run)?.value ?? 0);
    const places = counted.map((run) => measureOf(run, measure, block) ?? 0);
    return [
      {
        key,
        method: first.configuration.method,
        runs: counted,
        members,
        x: mean(places),
        across: measure === 'speed' ? (rangeOfTwo(places) ?? meanInterval(places)) : null,
        y: mean(accuracies),
        deviation: deviation(accuracies),
        ...accuracyInterval(accuracies, picturesOf(first)),
        pictures: picturesOf(first),
        settled: first.state === 'finished',
        part: accuracyOf(first)?.part ?? 'validation',
      },
    ];
  });
}

export const scheduleOfPoint = ({ method, runs }: Point): string =>
  reduces(method) ? (runs[0]?.configuration.schedule ?? '') : '';

/** Method and rate, such as `PYRA high`. */
export const pointName = (point: Point): string => `${methodUnit(point.method).label} ${scheduleOfPoint(point)}`.trim();

/** The seeds of a point's runs, in order. */
export const seedsOf = ({ runs }: Pick<Point, 'runs'>): number[] => runs.map(({ configuration }) => configuration.seed);

/** Accuracy of always predicting the most frequent class, over the runs' test parts; null if none was measured. */
export function chanceOf(points: readonly Point[]): number | null {
  const chances = points.flatMap(({ runs }) =>
    runs.flatMap(({ test }) => (test && test.confusion.length > 0 ? [chanceAccuracy(test.confusion)] : [])),
  );
  return chances.length > 0 ? mean(chances) : null;
}

/** The points that no other beats in both cost and accuracy, cheapest first. A higher speed is cheaper; of other measures, a lower value. */
export function paretoFront(points: readonly Point[], measure: Measure): Point[] {
  const cheaper = measure === 'speed' ? -1 : 1;
  const sorted = points.filter((point) => point.settled).sort((a, b) => (a.x - b.x) * cheaper || b.y - a.y);
  const front: Point[] = [];
  for (const point of sorted) if (point.y > (front.at(-1)?.y ?? -Infinity)) front.push(point);
  return front;
}

export interface References {
  /** The most expensive point without merging, which compression is compared with. */
  readonly uncompressed: Point | null;
  /** A cheaper model without merging, with fewer weights or a smaller image; at more cost and less accuracy than it, compression is adverse. */
  readonly smaller: { readonly point: Point; readonly name: string } | null;
}

export function referencesOf(points: readonly Point[]): References {
  const plain = points.filter((point) => !reduces(point.method) && point.settled);
  const macs = (point: Point): number => point.runs[0]?.macs ?? 0;
  const weights = (point: Point): number => point.runs[0]?.totalParameters ?? 0;
  const uncompressed = plain.reduce<Point | null>((most, point) => (most && macs(most) >= macs(point) ? most : point), null);
  if (!uncompressed) return { uncompressed: null, smaller: null };
  // Clearly cheaper, since another way to adapt the same backbone differs by a few per cent and is no smaller model.
  const cheaper = plain.filter((point) => macs(point) < 0.9 * macs(uncompressed));
  const best = cheaper.reduce<Point | null>((most, point) => (most && most.y >= point.y ? most : point), null);
  const configuration = best?.runs[0]?.configuration;
  if (!best || !configuration) return { uncompressed, smaller: null };
  const otherModel =
    weights(best) < 0.9 * weights(uncompressed) || configuration.model !== uncompressed.runs[0]?.configuration.model;
  const name = otherModel
    ? `smaller backbone ${modelName(configuration.model)}`
    : `same backbone at ${configuration.imageSize} px`;
  return { uncompressed, smaller: { point: best, name } };
}

/** The least length of the accuracy axis, so that small differences are not magnified. */
const LEAST_SPAN = 0.1;

/**
 * The ends of the accuracy axis: the finished points with their error bars, and some room. Unfinished points count only if there are no
 * finished ones, since a run that has just begun would squeeze the others together.
 */
export function accuracyDomain(points: readonly Point[]): [number, number] {
  const settled = points.filter((point) => point.settled);
  const counted = settled.length > 0 ? settled : points;
  const lowest = Math.min(...counted.map(({ interval }) => interval.low));
  const highest = Math.max(...points.map(({ y, settled: done, interval }) => (done ? interval.high : y)));
  const pad = Math.max((LEAST_SPAN - (highest - lowest)) / 2, (highest - lowest) * 0.12);
  return [Math.max(0, lowest - pad), Math.min(1, highest + pad)];
}

/** A key for what a line joins: runs that differ in their rate, and in their seed, alone. */
function lineKey({ runs }: Point): string {
  const { seed: _seed, schedule: _schedule, ...rest } = runs[0]?.configuration ?? {};
  return JSON.stringify(rest);
}

/**
 * The figure's lines: each method at its rates, in the methods' order, with its points from left to right. Runs on pictures of another size,
 * or of more epochs, are on lines of their own.
 */
export function linesOf(points: readonly Point[]): { readonly method: Method; readonly points: readonly Point[] }[] {
  return METHODS.filter(reduces).flatMap((method) => {
    const lines = new Map<string, Point[]>();
    for (const point of points.filter((each) => each.method === method && each.settled).sort((a, b) => a.x - b.x)) {
      const key = lineKey(point);
      lines.set(key, [...(lines.get(key) ?? []), point]);
    }
    return [...lines.values()].map((own) => ({ method, points: own }));
  });
}
