import { toCsv } from '../csv.js';
import { listed } from '../words/names.js';
import { balancedAccuracy, macroF1 } from '../scores.js';
import { scheduleOfPoint, seedsOf, speedOf, type Point } from './points.js';

const mean = (values: readonly number[]): number | '' =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : '';

/** A figure's points as a CSV file: a line for each, with its error bars and their kind. */
export function pointsCsv(points: readonly Point[]): string {
  const head = [
    'data',
    'backbone',
    'image_size',
    'method',
    'schedule',
    'seeds',
    'part',
    'pictures',
    'accuracy',
    'accuracy_low',
    'accuracy_high',
    'error_bars',
    'deviation',
    'balanced_accuracy',
    'macro_f1',
    'gmacs',
    'images_per_second',
    'tokens_after_each_block',
    'finished',
  ];
  const rows = points.map((point) => {
    const [run] = point.runs;
    const tests = point.runs.flatMap(({ test }) => (test ? [test.confusion] : []));
    return [
      run?.configuration.data ?? '',
      run?.configuration.model ?? '',
      run?.configuration.imageSize ?? '',
      point.method,
      scheduleOfPoint(point),
      listed(seedsOf(point)),
      point.part,
      point.pictures,
      point.y,
      point.interval.low,
      point.interval.high,
      point.over,
      point.deviation,
      mean(tests.map(balancedAccuracy)),
      mean(tests.map(macroF1)),
      (run?.macs ?? 0) / 1e9,
      mean(point.runs.flatMap((entry) => speedOf(entry) ?? [])),
      run?.tokens.slice(1).join(' ') ?? '',
      String(point.settled),
    ];
  });
  return toCsv([head, ...rows]);
}
