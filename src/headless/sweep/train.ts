/** Runs a sweep's points one after another and skips those that are already known. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireTrainable, sameData, sameNumerics, setUpRun } from '../../engine/training/setup.js';
import { numericsOf, type RunRecord } from '../../protocol/runs/run.js';
import type { Configuration } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import { defaultName } from '../inputs/configuration.js';
import type { Engine, Host } from '../machine/host.js';
import { fileName } from '../runs/outputs.js';
import { findCheckpoint } from '../runs/resume.js';
import { trainRun } from '../runs/train-run.js';
import { duration, type Terminal } from '../terminal.js';
import type { SweepInputs } from './inputs.js';
import { identityOf, type Identity, type KnownRuns } from './known.js';
import type { Point } from './points.js';
import type { Progress } from './progress.js';

export interface SweepRequest {
  readonly points: readonly Point[];
  /** Each run gets its own folder in here, named after the run and what it computes. */
  readonly out: string;
  readonly known: KnownRuns;
  readonly inputs: SweepInputs;
  readonly host: Host;
  readonly terminal: Terminal;
  /** Called when a run has to be computed, and not before. */
  readonly engine: () => Promise<Engine>;
  readonly progress: Progress;
  /** Starts interrupted runs from the beginning. */
  readonly fresh: boolean;
  /** There is only one data set: a finished run in `out` on other pictures of the same name is then probably a mistake. */
  readonly oneDataset: boolean;
  /** Called after each run, before the next one begins. */
  readonly onRecord?: (record: RunRecord, folder: string) => Promise<void>;
}

export interface PointOutcome {
  readonly point: Point;
  /** The record of the run that counts, or of a search run where that was stopped. */
  readonly record: RunRecord;
}

/** The outcome of every point, until Ctrl-C ends one. */
export async function runPoints(request: SweepRequest): Promise<PointOutcome[]> {
  const outcomes: PointOutcome[] = [];
  for (const point of request.points) {
    const record = await runPoint(point, request);
    outcomes.push({ point, record });
    if (record.state === 'stopped') break;
  }
  return outcomes;
}

async function runPoint(point: Point, request: SweepRequest): Promise<RunRecord> {
  const searched: RunRecord[] = [];
  for (const configuration of point.search) {
    const record = await runOne(point, configuration, request);
    if (record.state === 'stopped') return record;
    searched.push(record);
  }
  return runOne(
    point,
    searched.length > 0 ? withFoundRate(point.configuration, searched, request.terminal) : point.configuration,
    request,
  );
}

/** Takes the rate with the highest validation accuracy; of equals the one with the lower loss, then the smaller rate. */
function withFoundRate(configuration: Configuration, searched: readonly RunRecord[], terminal: Terminal): Configuration {
  const measured = searched.flatMap((record) =>
    record.state === 'finished' && record.validation ? [{ record, ...record.validation }] : [],
  );
  const [best] = measured.sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss);
  if (!best)
    throw new PlaygroundError('training.not-finite', `${defaultName(configuration)}: no run of its search came to an end`);
  const { pyraLearningRate } = best.record.configuration;
  terminal.line(`PYRA's rate by the search: ${String(pyraLearningRate)}`);
  return { ...configuration, pyraLearningRate };
}

async function runOne(point: Point, configuration: Configuration, request: SweepRequest): Promise<RunRecord> {
  const { inputs, known, terminal, progress, out } = request;
  const backbone = await inputs.backbone(point.backbone);
  const wanted: Identity = {
    configuration,
    dataFingerprint: await inputs.fingerprint(point.task, configuration, backbone.model.architecture),
    backboneFingerprint: backbone.fingerprint,
  };
  const finished = await known.find(wanted);
  if (finished) {
    progress.skipped();
    return finished;
  }
  const { data, pictures } = await inputs.pictures(point.task, configuration, backbone.model.architecture);
  requireTrainable(pictures, configuration);
  const setup = setUpRun(configuration, backbone.model.architecture, data.dataset.classes.length);
  const name = defaultName(configuration);
  if (await known.hasOnOtherPictures(wanted)) {
    const other = `${name}: a finished run of this name was on other pictures, called '${configuration.data}' as well`;
    if (request.oneDataset) {
      throw new PlaygroundError('usage', `${other}: train anew with --force, or in another folder with --out`, { subject: name });
    }
    terminal.line(`${other}; it is trained anew`);
  }
  const engine = await request.engine();
  // One whose sums were taken in another order, so that its bits are others, lies elsewhere.
  const folder = join(
    out,
    `${fileName(name, 'run')}-${await identityOf(wanted)}-n${numericsOf(engine.adapter.kind, configuration)}`,
  );
  const checkpoint = request.fresh ? null : await checkpointOf(folder, wanted);
  terminal.line(`${progress.place()}: ${name}${progress.left((seconds) => `, about ${duration(seconds)} left`)}`);
  const began = performance.now();
  const { model } = backbone;
  const { host } = request;
  const run = { host, terminal, engine, model, setup, pictures, name, folder, data };
  const { record } = await trainRun({ ...run, ...(checkpoint ? { checkpoint } : {}) });
  progress.finished((performance.now() - began) / 1000);
  await known.add(record);
  if (record.state === 'finished') await request.onRecord?.(record, folder);
  return record;
}

/** The checkpoint from which an interrupted run of the same identity continues. A checkpoint that cannot be read is ignored. */
async function checkpointOf(folder: string, wanted: Identity): ReturnType<typeof findCheckpoint> {
  const found = existsSync(folder) ? await findCheckpoint(folder).catch(() => null) : null;
  return found && sameNumerics(found.record) && sameData(found.record.dataFingerprint, wanted.dataFingerprint) ? found : null;
}
