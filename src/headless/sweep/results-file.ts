/** Many runs' records in one file, a line each, so that a difference between two versions of it reads as runs. */
import { existsSync } from 'node:fs';
import type { EpochRecord, Evaluation, RunRecord } from '../../protocol/run.js';
import { compareRecords } from '../../results/tables.js';
import { writeWhole } from '../runs/outputs.js';
import { readResults } from './known.js';

/** @returns the file's text, the runs in an order that does not hang on when they ran. */
export function resultsText(records: readonly RunRecord[], weights: readonly string[] = []): string {
  const lines = [...records].sort(compareRecords).map((record) => JSON.stringify(record));
  const beside = weights.length > 0 ? `"weights":${JSON.stringify([...weights].sort())},` : '';
  return `{"format":"pyra-playground-results","version":1,${beside}"runs":[\n${lines.join(',\n')}\n]}\n`;
}

/** Digits of a measurement that are kept where room counts. */
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

/** A record in less room: curves, timings and what follows from the confusion matrix with six digits; results stay as they are. */
export const compactRecord = (record: RunRecord): RunRecord => ({
  ...record,
  adapter: { ...record.adapter, features: [] },
  epochs: record.epochs.map(shortEpoch),
  validation: shortEvaluation(record.validation),
  test: shortEvaluation(record.test),
});

/** Adds a run to a file of results, written whole or not at all. A run that is there already gives way. */
export async function addToResults(path: string, record: RunRecord, hasWeights: boolean): Promise<void> {
  const { runs, weights } = existsSync(path) ? await readResults(path) : { runs: [], weights: [] };
  const others = runs.filter(({ id }) => id !== record.id);
  const beside = hasWeights ? [...weights, record.id] : weights;
  await writeWhole(path, resultsText([...others, compactRecord(record)], beside));
}
