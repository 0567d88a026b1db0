import type { RunRecord } from '../../protocol/runs/run.js';
import { toCsv } from '../csv.js';
import { accuracyOf, speedOf } from '../figure/points.js';
import { balancedAccuracy, macroF1 } from '../scores.js';

/** A run's curves as a CSV file, one line for each epoch. */
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
  const rows = run.epochs.map((epoch) => [
    epoch.epoch,
    epoch.trainLoss,
    epoch.trainAccuracy,
    epoch.validationLoss ?? '',
    epoch.validationAccuracy ?? '',
    epoch.learningRate,
    epoch.imagesPerSecond,
    epoch.seconds,
  ]);
  return toCsv([head, ...rows]);
}

/** The table of runs as a CSV file, one line for each run, with its whole configuration. */
export function runsCsv(runs: readonly RunRecord[]): string {
  const head = [
    'name',
    'state',
    'accuracy',
    'accuracy_part',
    'test_pictures',
    'test_balanced_accuracy',
    'test_macro_f1',
    'gmacs',
    'images_per_second',
    'tokens_left',
    'tokens_after_each_block',
    'trained_parameters',
    'total_parameters',
    'epochs_done',
    'adapter',
    'started',
    'notes',
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
      run.test?.images ?? '',
      run.test ? balancedAccuracy(run.test.confusion) : '',
      run.test ? macroF1(run.test.confusion) : '',
      run.macs / 1e9,
      speedOf(run) ?? '',
      run.tokens.at(-1) ?? '',
      run.tokens.slice(1).join(' '),
      run.trainedParameters,
      run.totalParameters,
      run.epochs.length,
      run.adapter.name,
      run.started,
      run.notes ?? '',
      ...options.map((option) => String(configuration[option] ?? '')),
    ];
  });
  return toCsv([[...head, ...options], ...rows]);
}
