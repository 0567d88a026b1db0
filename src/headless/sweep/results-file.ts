/** Many runs' records in one file, one line each, so that a diff between two versions of the file shows runs. */
import { existsSync } from 'node:fs';
import type { EpochRecord, Evaluation, RunRecord } from '../../protocol/runs/run.js';
import { compareRecords } from '../../results/tables.js';
import { writeWhole } from '../runs/outputs.js';
import { readResults } from './known.js';

/** @returns the file's text. The order of the runs does not depend on when they ran. */
export function resultsText(records: readonly RunRecord[], weights: readonly string[] = []): string {
  const lines = [...records].sort(compareRecords).map((record) => JSON.stringify(record));
  const beside = weights.length > 0 ? `"weights":${JSON.stringify([...weights].sort())},` : '';
  return `{"format":"pyra-playground-results","version":1,${beside}"runs":[\n${lines.join(',\n')}\n]}\n`;
}

/** Significant digits of the measurements in a compact record. */
const DIGITS = 6;
const short = <T>(value: T): T | number => (typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value);

const shortEpoch = (epoch: EpochRecord): EpochRecord => ({
  ...epoch,
  ...{ trainLoss: short(epoch.trainLoss), trainAccuracy: short(epoch.trainAccuracy), learningRate: short(epoch.learningRate) },
  ...{
    validationLoss: short(epoch.validationLoss),
    imagesPerSecond: short(epoch.imagesPerSecond),
    seconds: short(epoch.seconds),
  },
});

const shortEvaluation = (evaluation: Evaluation | null): Evaluation | null =>
  evaluation && {
    ...evaluation,
    classAccuracy: evaluation.classAccuracy.map((value) => short(value)),
    ...{ imagesPerSecond: short(evaluation.imagesPerSecond), seconds: short(evaluation.seconds) },
  };

/** A smaller form of a record: curves, timings and values that follow from the confusion matrix keep six digits; results are unchanged. */
export const compactRecord = (record: RunRecord): RunRecord => ({
  ...record,
  adapter: { ...record.adapter, features: [] },
  epochs: record.epochs.map(shortEpoch),
  validation: shortEvaluation(record.validation),
  test: shortEvaluation(record.test),
});

/** Adds a run to a file of results, written completely or not at all. It replaces an entry of the same run. */
export async function addToResults(path: string, record: RunRecord, hasWeights: boolean): Promise<void> {
  const { runs, weights } = existsSync(path) ? await readResults(path) : { runs: [], weights: [] };
  const others = runs.filter(({ id }) => id !== record.id);
  const beside = hasWeights ? [...weights, record.id] : weights;
  await writeWhole(path, resultsText([...others, compactRecord(record)], beside));
}
