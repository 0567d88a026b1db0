/** Trains one run on the command line, from the network to the files that are written. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PixelCache } from '../../data/batches.js';
import { samePictures } from '../../data/identity/duplicates.js';
import { fingerprintOfParts } from '../../data/identity/fingerprint.js';
import { encodeCheckpoint, type Checkpoint } from '../../engine/training/checkpoint.js';
import { TrainingSession, type TrainingOutcome } from '../../engine/training/session.js';
import {
  adaptedMetadata,
  requireSameData,
  requireSameNumerics,
  startRecord,
  type RunSetup,
} from '../../engine/training/setup.js';
import { fingerprintOfWeights } from '../../formats/backbones/fingerprint.js';
import { writeAdapted } from '../../formats/adapted/adapted.js';
import type { EpochRecord, RunRecord, StepMetrics } from '../../protocol/runs/run.js';
import type { Engine, Host } from '../machine/host.js';
import { understoodLines } from '../inputs/data-words.js';
import type { Data, Model } from '../inputs/inputs.js';
import { reportHalf, reportHalfActivations } from './half-report.js';
import { holding } from './held.js';
import { writeLocal } from './local.js';
import { removeUnfinished, writeWhole } from './outputs.js';
import { CHECKPOINT_FILE, LOCAL_FILE, RESULTS, RUN_FILE, WEIGHTS_FILE } from './run-files.js';
import { duration, percent, type Terminal } from '../terminal.js';

/** A line of progress for a finished step. */
function stepLine(step: StepMetrics, epochs: number): string {
  const within = step.step - (step.epoch - 1) * step.stepsPerEpoch + 1;
  return `epoch ${step.epoch} of ${epochs}, step ${within} of ${step.stepsPerEpoch}: loss ${step.loss.toFixed(4)}, accuracy ${percent(step.accuracy)}, ${step.imagesPerSecond.toFixed(1)} images/s, ${duration(step.secondsLeft)} left`;
}

function measured({ validationLoss, validationAccuracy, testLoss, testAccuracy }: EpochRecord): string {
  const words = (part: string, loss: number, accuracy: number): string =>
    `; ${part} loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}`;
  if (validationLoss !== null && validationAccuracy !== null) return words('validation', validationLoss, validationAccuracy);
  return testLoss === undefined || testAccuracy === undefined ? '' : words('test', testLoss, testAccuracy);
}

function epochLine(run: RunRecord): string {
  const entry = run.epochs.at(-1);
  if (!entry) return '';
  const best = run.bestEpoch === entry.epoch ? ' (best so far)' : '';
  return `epoch ${entry.epoch} of ${run.configuration.epochs}: loss ${entry.trainLoss.toFixed(4)}, accuracy ${percent(entry.trainAccuracy)}${measured(entry)}${best}; ${entry.imagesPerSecond.toFixed(1)} images/s, ${duration(entry.seconds)}`;
}

function introduce(setup: RunSetup, run: RunRecord, model: Model, { dataset, understood }: Data, terminal: Terminal): void {
  const { configuration, architecture, schedule } = setup;
  const { train, validation, test } = run.pictures;
  const last = schedule.tokens.at(-1) ?? 0;
  terminal.line(`Adapter: ${run.adapter.name}`);
  terminal.line(
    `Model: ${model.name} (${model.loaded.format}), ${architecture.depth} blocks of ${architecture.embedDim} channels, ${run.trainedParameters} of ${run.totalParameters} weights trained`,
  );
  if (model.loaded.normalisation !== undefined) terminal.line(`       ${model.loaded.normalisation}`);
  terminal.line(
    `Data: ${dataset.name} (${dataset.form}), ${dataset.classes.length} classes, ${train} + ${validation} + ${test} pictures to train, validate and test`,
  );
  for (const line of [dataset.split, ...(understood ? understoodLines(understood) : [])]) terminal.line(`      ${line}`);
  terminal.line(
    `Method: ${configuration.method}, ${configuration.peft}; merges ${schedule.r.join(' ')}: ${schedule.tokens[0] ?? 0} tokens become ${last}, ${(setup.macs / 1e9).toPrecision(3)} GMACs a picture`,
  );
}

/** Trains, with progress, until the end or Ctrl-C. */
async function train(session: TrainingSession, host: Host, terminal: Terminal): Promise<TrainingOutcome> {
  const release = host.onInterrupt(() => {
    terminal.note('Stopping after this step; Ctrl-C again leaves at once.');
    session.stop();
  });
  try {
    return await session.run();
  } finally {
    release();
  }
}

/** Removes this machine's folders from the record, also from an error's text. */
function withoutFolder(record: RunRecord, folder: string): RunRecord {
  if (!record.error) return record;
  return { ...record, error: { ...record.error, message: record.error.message.replaceAll(join(folder, '/'), '') } };
}

/** The record is written last: when it says that the run is finished, the weights exist. */
async function write(folder: string, { record, weights }: TrainingOutcome, model: Model): Promise<string[]> {
  const [recordPath, weightsPath] = [join(folder, RUN_FILE), join(folder, WEIGHTS_FILE)];
  if (weights) await writeWhole(weightsPath, writeAdapted(adaptedMetadata(record, model.architecture), weights));
  await writeWhole(recordPath, `${JSON.stringify(withoutFolder(record, folder), null, 2)}\n`);
  return weights ? [recordPath, weightsPath] : [recordPath];
}

export interface RunRequest {
  readonly host: Host;
  readonly terminal: Terminal;
  readonly engine: Engine;
  readonly model: Model;
  readonly setup: RunSetup;
  readonly pictures: PixelCache;
  readonly name: string;
  /** The folder for its files. */
  readonly folder: string;
  readonly data: Data;
  /** Resumes after this epoch; the result has the same bytes as that of a run that never stopped. */
  readonly checkpoint?: Checkpoint;
}

interface Trained {
  readonly record: RunRecord;
  readonly files: readonly string[];
}

/**
 * Trains to the end or to Ctrl-C, with progress, and writes the results. A failure is stored in the record. Rejects with `usage` where
 * another process trains into the folder.
 */
export const trainRun = (request: RunRequest): Promise<Trained> => holding(request.folder, () => trainAlone(request));

async function trainAlone(request: RunRequest): Promise<Trained> {
  const { terminal, engine, model, setup, pictures, name, folder, checkpoint } = request;
  const { configuration } = setup;
  if (checkpoint) requireSameNumerics(checkpoint.record);
  const network = await engine.createNetwork(setup.architecture, model.reader, setup.options, (done, total) =>
    terminal.status(`Preparing the model: ${done} of ${total}`),
  );
  try {
    const { halfWeights, trainsBackbone } = setup.options;
    if (halfWeights === true && trainsBackbone !== true && !checkpoint) await reportHalf(request, network);
    if (setup.options.halfActivations === true && !checkpoint) reportHalfActivations(request);
    const id = checkpoint?.record.id ?? randomUUID();
    const dataFingerprint = await fingerprintOfParts(pictures);
    const backboneFingerprint = await fingerprintOfWeights(model.reader);
    const fingerprints = { dataFingerprint, backboneFingerprint };
    const begun = startRecord({ setup, id, name, adapter: engine.adapter, network, pictures, ...fingerprints });
    if (checkpoint) requireSameData(checkpoint.record, begun, 'give the data that it was begun on with --data');
    await removeUnfinished(folder, [RUN_FILE, WEIGHTS_FILE, CHECKPOINT_FILE, LOCAL_FILE]);
    // Files of an overwritten run are deleted first, so that files of two runs never lie side by side.
    if (!checkpoint) for (const file of RESULTS) await rm(join(folder, file), { force: true });
    await writeLocal(folder, {
      backbone: { place: model.place, fingerprint: backboneFingerprint },
      data: request.data.place,
    });
    introduce(setup, begun, model, request.data, terminal);
    if (request.data.understood) {
      const digest = (index: number): Promise<string | null> => pictures.digest(index).catch(() => null);
      const twice = await samePictures(pictures.dataset, digest, request.data.understood.partsFrom !== null);
      for (const sentence of twice) terminal.note(sentence);
    }
    if (checkpoint) terminal.line(`Going on after epoch ${checkpoint.epoch} of ${configuration.epochs}`);
    let epochsShown = checkpoint?.epoch ?? 0;
    const session = new TrainingSession({
      network,
      pictures,
      record: begun,
      ...(checkpoint ? { checkpoint } : {}),
      events: {
        onStep: (step) => terminal.status(stepLine(step, configuration.epochs)),
        onRecord: (now) => {
          if (now.epochs.length > epochsShown) terminal.line(epochLine(now));
          epochsShown = now.epochs.length;
        },
        onCheckpoint: (now) => writeWhole(join(folder, CHECKPOINT_FILE), encodeCheckpoint(now)),
        onPrepare: (what, done, total) => terminal.stage(what, done, total),
        onBusy: (what, done, total) => terminal.status(`${what}: ${done} of ${total}`),
      },
    });
    const outcome = await train(session, request.host, terminal);
    const files = await write(folder, outcome, model);
    if (outcome.record.state === 'finished') await rm(join(folder, CHECKPOINT_FILE), { force: true });
    return { record: outcome.record, files };
  } finally {
    network.destroy();
  }
}
