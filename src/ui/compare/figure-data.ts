import { METHODS, reduces, type Method } from '../../vit/methods/index.js';
import type { RunRecord } from '../../protocol/run.js';
import { isTask } from '../../store/keys.js';

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

export function measureOf(run: RunRecord, measure: Measure): number | null {
  if (measure === 'macs') return run.macs / 1e9;
  if (measure === 'tokens') return run.tokens.at(-1) ?? null;
  return speedOf(run);
}

/** Runs that are equal but for their seed, as one point. */
export interface Point {
  readonly key: string;
  readonly method: Method;
  /** Those that count: of each seed the newest, since a seed that is run again says nothing new. */
  readonly runs: readonly RunRecord[];
  /** All of them, those that do not count as well. */
  readonly members: readonly RunRecord[];
  readonly x: number;
  /** Mean accuracy over the seeds, 0 to 1, and its sample standard deviation (0 for one seed). */
  readonly y: number;
  readonly deviation: number;
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
  return JSON.stringify(isTask(data) ? [data, classes, pictures] : [data, splitSeed, classes, pictures, dataFingerprint]);
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

export function pointsOf(runs: readonly RunRecord[], measure: Measure): Point[] {
  const groups = new Map<string, RunRecord[]>();
  for (const run of runs) {
    if (run.state === 'failed' || accuracyOf(run) === null || measureOf(run, measure) === null) continue;
    const key = groupKey(run);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups].flatMap(([key, members]) => {
    const counted = newestOfEach(comparable(members));
    const [first] = counted;
    if (!first) return [];
    const accuracies = counted.map((run) => accuracyOf(run)?.value ?? 0);
    const y = mean(accuracies);
    const variance =
      accuracies.length > 1 ? accuracies.reduce((sum, value) => sum + (value - y) ** 2, 0) / (accuracies.length - 1) : 0;
    return [
      {
        key,
        method: first.configuration.method,
        runs: counted,
        members,
        x: mean(counted.map((run) => measureOf(run, measure) ?? 0)),
        y,
        deviation: Math.sqrt(variance),
        settled: first.state === 'finished',
        part: accuracyOf(first)?.part ?? 'validation',
      },
    ];
  });
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
    ? `smaller backbone ${configuration.model.replace(/\.\w+$/, '')}`
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
  const lowest = Math.min(...counted.map((point) => point.y - point.deviation));
  const highest = Math.max(...points.map((point) => point.y + (point.settled ? point.deviation : 0)));
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

/** A run's epochs as a CSV file: its curves. */
export function curvesCsv(run: RunRecord): string {
  const head = [
    'epoch',
    'train_loss',
    'train_accuracy',
    'validation_loss',
    'validation_accuracy',
    'learning_rate',
    'images_per_second',
    'seconds',
  ];
  const rows = run.epochs.map((epoch) =>
    [
      epoch.epoch,
      epoch.trainLoss,
      epoch.trainAccuracy,
      epoch.validationLoss,
      epoch.validationAccuracy,
      epoch.learningRate,
      epoch.imagesPerSecond,
      epoch.seconds,
    ].join(','),
  );
  return [head.join(','), ...rows, ''].join('\n');
}

const quoted = (value: string | number): string =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);

/** The table of runs as a CSV file: one line a run, with its whole configuration. */
export function runsCsv(runs: readonly RunRecord[]): string {
  const head = [
    'name',
    'state',
    'accuracy',
    'accuracy_part',
    'gmacs',
    'images_per_second',
    'tokens_left',
    'trained_parameters',
    'total_parameters',
    'epochs_done',
    'adapter',
    'started',
  ];
  const options = Object.keys(runs[0]?.configuration ?? {});
  const rows = runs.map((run) => {
    const accuracy = accuracyOf(run);
    const configuration: Readonly<Record<string, string | number | boolean | readonly number[] | null>> = run.configuration;
    return [
      run.name,
      run.state,
      accuracy?.value ?? '',
      accuracy?.part ?? '',
      run.macs / 1e9,
      speedOf(run) ?? '',
      run.tokens.at(-1) ?? '',
      run.trainedParameters,
      run.totalParameters,
      run.epochs.length,
      run.adapter.name,
      run.started,
      ...options.map((option) => String(configuration[option] ?? '')),
    ]
      .map(quoted)
      .join(',');
  });
  return [[...head, ...options].join(','), ...rows, ''].join('\n');
}
