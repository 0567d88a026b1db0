import type { RunRecord } from '../../protocol/runs/run.js';
import { adapterTags } from '../../vit/adapters/index.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import { accuracyOf, dataIdentity, speedOf } from '../figure/points.js';
import { deviation } from '../intervals.js';
import { dataName, modelName } from '../words/names.js';
import { balancedAccuracy, macroF1 } from '../scores.js';

export const COLUMNS = [
  'schedule',
  'seed',
  'accuracy',
  'balanced',
  'macroF1',
  'loss',
  'macs',
  'speed',
  'trained',
  'tokens',
  'data',
  'epochs',
] as const;
/** A column of the table of runs; the run's name is no column. */
export type Column = (typeof COLUMNS)[number];

/** The columns that are shown at first. */
export const FIRST_COLUMNS: readonly Column[] = ['schedule', 'seed', 'accuracy', 'macs', 'speed'];

export const scheduleWords = ({ configuration: { method, schedule } }: RunRecord): string => (reduces(method) ? schedule : '–');

/** A run's value in a column, as text or a number, which sort differently; null if it has none. */
export function columnValue(run: RunRecord, column: Column): string | number | null {
  switch (column) {
    case 'schedule':
      return scheduleWords(run);
    case 'seed':
      return run.configuration.seed;
    case 'accuracy':
      return accuracyOf(run)?.value ?? null;
    case 'balanced':
      return run.test ? balancedAccuracy(run.test.confusion) : null;
    case 'macroF1':
      return run.test ? macroF1(run.test.confusion) : null;
    case 'loss':
      return run.test?.loss ?? null;
    case 'macs':
      return run.macs;
    case 'speed':
      return speedOf(run);
    case 'trained':
      return run.trainedParameters;
    case 'tokens':
      return run.tokens.at(-1) ?? null;
    case 'data':
      return dataName(run.configuration.data);
    case 'epochs':
      return run.epochs.length;
  }
}

/** The runs that contain every word of a filter in their name, notes, method, rate, data, backbone, what trains, state or `seed 3`. */
export function filterRuns(runs: readonly RunRecord[], filter: string): readonly RunRecord[] {
  const wanted = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return runs;
  return runs.filter((run) => {
    const { configuration, name, notes = '', state } = run;
    const said = [
      ...[name, notes, methodUnit(configuration.method).label, configuration.method, scheduleWords(run)],
      ...[dataName(configuration.data), modelName(configuration.model), adapterTags(configuration).join(' '), state],
      `seed ${configuration.seed}`,
    ];
    const words = said.join(' ').toLowerCase();
    return wanted.every((word) => words.includes(word));
  });
}

/** Runs that differ only in their seed. */
export interface RunFamily {
  readonly key: string;
  readonly runs: readonly RunRecord[];
}

/** Groups runs to families, in the order of their first runs. */
export function familiesOf(runs: readonly RunRecord[]): RunFamily[] {
  const families = new Map<string, RunRecord[]>();
  for (const run of runs) {
    const { seed: _seed, ...rest } = run.configuration;
    const key = JSON.stringify([dataIdentity(run), reduces(rest.method) ? rest : { ...rest, schedule: 'none' }]);
    families.set(key, [...(families.get(key) ?? []), run]);
  }
  return [...families].map(([key, own]) => ({ key, runs: own }));
}

/** Mean and sample deviation of a column over the runs that have a number in it; null if none has. */
export function columnSpread(
  runs: readonly RunRecord[],
  column: Column,
): { readonly mean: number; readonly deviation: number; readonly count: number } | null {
  const values = runs.flatMap((run) => {
    const value = columnValue(run, column);
    return typeof value === 'number' ? [value] : [];
  });
  if (values.length === 0) return null;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    deviation: deviation(values),
    count: values.length,
  };
}
