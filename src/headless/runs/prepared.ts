/** Prepares a run that is to be trained on the command line: a new one, or an interrupted one to resume. */
import type { Checkpoint } from '../../engine/training/checkpoint.js';
import { requireTrainable, setUpRun, type RunSetup } from '../../engine/training/setup.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import {
  openData,
  openModel,
  picturesOf,
  readPictures,
  recounted,
  reportSkipped,
  type Data,
  readDataPlace,
  type DataOption,
  type DataPlace,
  type Model,
} from '../inputs/inputs.js';
import { requireNone, type Arguments } from '../arguments.js';
import type { Host } from '../machine/host.js';
import type { Terminal } from '../terminal.js';
import { backbonePlace, dataPlaceOf, readLocal, requireSameBackbone } from './local.js';
import { freeRunFolder, requireNoRun, requirePlace } from './outputs.js';
import { overridesOf, requireCheckpoint } from './resume.js';
import { trainRun } from './train-run.js';

export interface Prepared {
  readonly model: Model;
  readonly data: Data;
  readonly setup: RunSetup;
  readonly name: string;
  readonly folder: string;
  readonly checkpoint?: Checkpoint;
}

/** A new run, in the given folder if nothing is in the way, or in a free folder of its name. */
export async function prepareNamed(
  run: Pick<Prepared, 'model' | 'data' | 'setup' | 'name'>,
  options: Arguments<'out' | 'force'>,
): Promise<Prepared> {
  const folder = options.text('out') ?? freeRunFolder(run.name);
  requireNoRun(folder, options.flag('force'));
  await requirePlace(folder, 'out');
  return { ...run, folder };
}

/**
 * The run in `folder`, which `--resume` names. Throws `usage` where one of the options in `fixed` was given: the run keeps what it was
 * started with.
 */
export function prepareAgain<Name extends string>(
  folder: string,
  options: Arguments<Name | 'model' | 'recompute' | 'data' | DataOption>,
  fixed: readonly Name[],
  terminal: Terminal,
): Promise<Prepared> {
  requireNone(options, fixed, 'would change the run that --resume goes on with; leave it out');
  const [given, data] = [options.text('model'), readDataPlace(options)];
  return prepareResumed({ folder, given, data, recompute: options.flag('recompute'), terminal });
}

interface ResumeRequest {
  readonly folder: string;
  /** From `--model`. */
  readonly given: string | undefined;
  /** From `--data` and the options for reading it. */
  readonly data: Partial<DataPlace> & Pick<DataPlace, 'options'>;
  /** Computes activations again in the backward. This changes no bit, and the run may have been interrupted for lack of memory. */
  readonly recompute: boolean;
  readonly terminal: Terminal;
}

/** Prepares an interrupted run as its checkpoint says. */
async function prepareResumed({ folder, given, data: place, recompute, terminal }: ResumeRequest): Promise<Prepared> {
  const checkpoint = await requireCheckpoint(folder);
  const { configuration, name } = checkpoint.record;
  const local = await readLocal(folder);
  const backbone = backbonePlace(folder, configuration.model, given, local);
  const model = await openModel(backbone, terminal, overridesOf(configuration));
  await requireSameBackbone(folder, model.reader, { local, given, strict: true, terminal });
  const { seed, splitSeed, splitShares, taskPictures } = configuration;
  const where = dataPlaceOf(folder, configuration.data, place, local);
  const data = await openData({ ...where, seed, splitSeed, splitShares, taskPictures });
  const again = { ...configuration, recompute: configuration.recompute || recompute };
  const setup = setUpRun(again, model.architecture, data.dataset.classes.length);
  return { model, data, setup, name, folder, checkpoint };
}

/** Reads the pictures and trains to the end or to Ctrl-C. Rejects with `data.empty` where there is nothing to train on. */
export async function trainPrepared(
  { data, setup, ...rest }: Prepared,
  host: Host,
  terminal: Terminal,
): Promise<{ readonly record: RunRecord; readonly files: readonly string[] }> {
  const { dataset } = data;
  reportSkipped(data.skipped, terminal);
  const pictures = picturesOf(data, setup.configuration.imageSize, setup.architecture);
  const all = Array.from({ length: dataset.length }, (_, index) => index);
  await readPictures(pictures, all, terminal);
  requireTrainable(pictures, setup.configuration);

  const engine = await host.openEngine();
  try {
    return await trainRun({ host, terminal, engine, setup, pictures, data: recounted(data, pictures.usable(all)), ...rest });
  } finally {
    engine.close();
  }
}
