import { METHODS, methodUnit, reduces, type Method } from '../../vit/methods/index.js';
import type { RunRecord } from '../../protocol/run.js';
import { deviation, meanInterval, proportionInterval, type Interval } from '../intervals.js';
import { isDrawn, modelName } from '../names.js';
import { chanceAccuracy } from '../scores.js';

export const MEASURES = ['macs', 'speed', 'tokens'] as const;
/** What stands on the figure's x axis. */
export type Measure = (typeof MEASURES)[number];

/** Test accuracy of a finished run, else the best validation accuracy so far; null before the first epoch. */
export function accuracyOf(run: RunRecord): { readonly value: number; readonly part: 'test' | 'validation' } | null {
  if (run.test) return { value: run.test.accuracy, part: 'test' };
  const measured = run.epochs.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
  return measured.length === 0 ? null : { value: Math.max(...measured), part: 'validation' };
}

/** Inference throughput as measured in the run's own evaluation, images/s; null before there was one. */
export function speedOf(run: RunRecord): number | null {
  return run.test?.imagesPerSecond ?? run.validation?.imagesPerSecond ?? null;
}

/** @param block after which tokens are counted, from 1; null: the last. Other measures have no use for it. */
export function measureOf(run: RunRecord, measure: Measure, block: number | null = null): number | null {
  if (measure === 'macs') return run.macs / 1e9;
  if (measure === 'tokens') return run.tokens.at(block ?? -1) ?? null;
  return speedOf(run);
}

/**
 * What an interval's ends are: of the mean over seeds (Student's t), the lower and the higher of two seeds, or over the
 * pictures of one run (Wilson).
 */
export type Over = 'seeds' | 'two seeds' | 'pictures';

/** The range of two values, whose t interval would say nothing; null for any other number of them. */
function rangeOfTwo(values: readonly number[]): Interval | null {
  const [one, other] = values;
  if (one === undefined || other === undefined || values.length > 2) return null;
  return { value: (one + other) / 2, low: Math.min(one, other), high: Math.max(one, other) };
}

/** Error bars of accuracies of several seeds, or of one on so many pictures. */
function accuracyInterval(accuracies: readonly number[], pictures: number): { interval: Interval; over: Over } {
  const two = rangeOfTwo(accuracies);
  if (two) return { interval: two, over: 'two seeds' };
  const mean = meanInterval(accuracies);
  if (mean) return { interval: mean, over: 'seeds' };
  const one = accuracies[0] ?? 0;
  return { interval: proportionInterval(Math.round(one * pictures), Math.max(1, pictures)), over: 'pictures' };
}

const picturesOf = (run: RunRecord): number => run.test?.images ?? run.pictures.validation;

/** Runs that are equal but for their seed, as one point. */
export interface Point {
  readonly key: string;
  readonly method: Method;
  /** Those that count: of each seed the newest, since a seed that is run again says nothing new. */
  readonly runs: readonly RunRecord[];
  /** All of them, those that do not count as well. */
  readonly members: readonly RunRecord[];
  readonly x: number;
  /** Of measured speeds, over the runs: 95 % interval of the mean, or the range of two; null for one run and for what is not measured. */
  readonly across: Interval | null;
  /** Mean accuracy over the seeds, 0 to 1, and its sample standard deviation (0 for one seed). */
  readonly y: number;
  readonly deviation: number;
  /** The accuracy's error bar, and what it is. */
  readonly interval: Interval;
  readonly over: Over;
  /** Pictures that one run was measured on. */
  readonly pictures: number;
  /** Every run of it has come to its end. */
  readonly settled: boolean;
  readonly part: 'test' | 'validation';
}

/**
 * What a run learnt from and was measured on. A drawn task is drawn anew for each seed, and its name says what it is; any other data
 * set is told by its content, since another may come under its name.
 */
export function dataIdentity({ configuration, classes, pictures, dataFingerprint }: RunRecord): string {
  const { data, splitSeed } = configuration;
  return JSON.stringify(isDrawn(data) ? [data, classes, pictures] : [data, splitSeed, classes, pictures, dataFingerprint]);
}

function groupKey(run: RunRecord): string {
  const { seed: _seed, ...rest } = run.configuration;
  // Without merging the schedule is not used, so it does not tell runs apart.
  return JSON.stringify([dataIdentity(run), reduces(rest.method) ? rest : { ...rest, schedule: 'none' }]);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the runs with each seed the newest, in the order of the seeds. */
function newestOfEach(runs: readonly RunRecord[]): RunRecord[] {
  const newest = new Map<number, RunRecord>();
  for (const run of runs) {
    const other = newest.get(run.configuration.seed);
    if (!other || other.started < run.started) newest.set(run.configuration.seed, run);
  }
  return [...newest.values()].sort((a, b) => a.configuration.seed - b.configuration.seed);
}

/** Those that can be averaged: a finished one is not with one that has just begun, nor a test part with a validation part. */
function comparable(group: readonly RunRecord[]): readonly RunRecord[] {
  const finished = group.filter((run) => run.state === 'finished');
  const ended = finished.length > 0 ? finished : group;
  const tested = ended.filter((run) => accuracyOf(run)?.part === 'test');
  return tested.length > 0 ? tested : ended;
}

/** @param block of {@link measureOf}. */
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

/** Method and rate. */
export const pointName = (point: Point): string => `${methodUnit(point.method).label} ${scheduleOfPoint(point)}`.trim();

/** The seeds that a point stands for, in order. */
export const seedsOf = ({ runs }: Pick<Point, 'runs'>): number[] => runs.map(({ configuration }) => configuration.seed);

/** What always naming the most frequent class would reach, over the runs' test parts; null where none was measured. */
export function chanceOf(points: readonly Point[]): number | null {
  const chances = points.flatMap(({ runs }) =>
    runs.flatMap(({ test }) => (test && test.confusion.length > 0 ? [chanceAccuracy(test.confusion)] : [])),
  );
  return chances.length > 0 ? mean(chances) : null;
}

/** Points that no other beats in both cost and accuracy, from the cheapest on. Speed is better when higher, the rest when lower. */
export function paretoFront(points: readonly Point[], measure: Measure): Point[] {
  const cheaper = measure === 'speed' ? -1 : 1;
  const sorted = points.filter((point) => point.settled).sort((a, b) => (a.x - b.x) * cheaper || b.y - a.y);
  const front: Point[] = [];
  for (const point of sorted) if (point.y > (front.at(-1)?.y ?? -Infinity)) front.push(point);
  return front;
}

export interface References {
  /** The most expensive run without merging: what compression is measured against. */
  readonly uncompressed: Point | null;
  /** A cheaper model without merging, smaller by its weights or by its image; below and beyond it compression is adverse. */
  readonly smaller: { readonly point: Point; readonly name: string } | null;
}

export function referencesOf(points: readonly Point[]): References {
  const plain = points.filter((point) => !reduces(point.method) && point.settled);
  const macs = (point: Point): number => point.runs[0]?.macs ?? 0;
  const weights = (point: Point): number => point.runs[0]?.totalParameters ?? 0;
  const uncompressed = plain.reduce<Point | null>((most, point) => (most && macs(most) >= macs(point) ? most : point), null);
  if (!uncompressed) return { uncompressed: null, smaller: null };
  // Clearly cheaper: another way to train the same backbone differs by a few per cent and is no smaller model.
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

/** Accuracies that differ by less than this together fill no more of the axis than this. */
const LEAST_SPAN = 0.1;

/**
 * Ends of the accuracy axis: the settled points with their error bars, and some room. A run that has only begun does not
 * squeeze the others together; where nothing has settled, what there is counts.
 */
export function accuracyDomain(points: readonly Point[]): [number, number] {
  const settled = points.filter((point) => point.settled);
  const counted = settled.length > 0 ? settled : points;
  const lowest = Math.min(...counted.map(({ interval }) => interval.low));
  const highest = Math.max(...points.map(({ y, settled: done, interval }) => (done ? interval.high : y)));
  const pad = Math.max((LEAST_SPAN - (highest - lowest)) / 2, (highest - lowest) * 0.12);
  return [Math.max(0, lowest - pad), Math.min(1, highest + pad)];
}

/** Methods in the order of their colours, each with its points from left to right: one line each. */
export function linesOf(points: readonly Point[]): { readonly method: Method; readonly points: readonly Point[] }[] {
  return METHODS.filter(reduces).flatMap((method) => {
    const own = points.filter((point) => point.method === method && point.settled).sort((a, b) => a.x - b.x);
    return own.length > 0 ? [{ method, points: own }] : [];
  });
}
