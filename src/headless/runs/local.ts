/**
 * Where a run's backbone and data were on this machine, in a file beside its record that no export contains. The record itself names no
 * folder, so that it can be given away.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { fingerprintOfWeights } from '../../formats/backbones/fingerprint.js';
import type { WeightReader } from '../../formats/types.js';
import { runSchema, type RunRecord } from '../../protocol/runs/run.js';
import { BUNDLED, isDrawn } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import { usage } from '../arguments.js';
import type { DataPlace } from '../inputs/inputs.js';
import type { Terminal } from '../terminal.js';
import { writeWhole } from './outputs.js';
import { LOCAL_FILE, RUN_FILE, WEIGHTS_FILE } from './run-files.js';

const localSchema = z.object({
  version: z.literal(1),
  backbone: z.object({
    /** An absolute path, `owner/name[@revision]`, an address, or `bundled`. */
    place: z.string(),
    /** From `fingerprintOfWeights`. */
    fingerprint: z.string(),
  }),
  data: z.object({
    /** An absolute path, or `task:NAME`. */
    place: z.string(),
    /** The values of the other options that say how it is read. */
    options: z.record(z.string(), z.string()),
  }),
});
export type Local = Readonly<z.infer<typeof localSchema>>;

export const writeLocal = (folder: string, local: Omit<Local, 'version'>): Promise<void> =>
  writeWhole(join(folder, LOCAL_FILE), `${JSON.stringify({ version: 1, ...local }, null, 2)}\n`);

/** What was recorded for a run, found by its folder or by the weights in it; null where there is nothing, or it cannot be read. */
export async function readLocal(run: string): Promise<Local | null> {
  const text = await readBeside(run, LOCAL_FILE);
  return text === null ? null : decodeLocal(text);
}

/** The record of a run, found by its folder or by the weights in it; null where there is none, or it is not a record. */
export async function readRecord(run: string): Promise<RunRecord | null> {
  const text = await readBeside(run, RUN_FILE);
  if (text === null) return null;
  try {
    return runSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A file of a run's folder; null where it cannot be read, or `run` is neither a folder nor weights. */
async function readBeside(run: string, name: string): Promise<string | null> {
  const isFolder = (await stat(run).catch(() => null))?.isDirectory() === true;
  if (!isFolder && basename(run) !== WEIGHTS_FILE) return null;
  return readFile(join(isFolder ? run : dirname(run), name), 'utf8').catch(() => null);
}

/** Null where the text is not such a record. */
export function decodeLocal(text: string): Local | null {
  try {
    return localSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Where the run's backbone is. Throws `usage`, with the option that gives it, where it is not recorded or no longer there.
 *
 * @param model its name in the run's record.
 * @param given from `--model`.
 */
export function backbonePlace(run: string, model: string, given: string | undefined, local: Local | null): string {
  if (given !== undefined) return given;
  if (model === BUNDLED) return BUNDLED;
  const place = local?.backbone.place;
  if (place === undefined) throw usage(`${run}: was trained on '${model}'; give that backbone with --model`);
  // A fetched model is in the cache, or is fetched again.
  if (!isAbsolute(place) || existsSync(place)) return place;
  throw usage(`${run}: was trained on '${model}', which is no longer at ${place}; give that backbone with --model`);
}

/**
 * Checks that the backbone is the one that the run was trained on. For a recorded place it throws, with the option that gives another. For
 * a given one it throws if `strict`, and otherwise notes the difference.
 */
export async function requireSameBackbone(
  run: string,
  reader: WeightReader,
  {
    local,
    given,
    strict,
    terminal,
  }: {
    readonly local: Local | null;
    readonly given: string | undefined;
    readonly strict: boolean;
    readonly terminal: Terminal;
  },
): Promise<void> {
  if (!local || (await fingerprintOfWeights(reader)) === local.backbone.fingerprint) return;
  const place = local.backbone.place === BUNDLED ? 'the bundled one' : local.backbone.place;
  if (given === undefined) {
    throw usage(`${run}: its backbone, ${place}, has other weights than when it was trained; give the right one with --model`);
  }
  const sentence = `${run}: was trained on other weights than those of '${given}'`;
  if (strict) throw new PlaygroundError('option.invalid', `--model: ${sentence}`, { subject: 'model' });
  terminal.note(`${sentence}; what comes of it is not what was trained`);
}

/**
 * Where the run's data are, and how they are read. Throws as {@link backbonePlace} does.
 *
 * @param data its name in the run's record.
 * @param given from `--data` and the options for reading it.
 */
export function dataPlaceOf(run: string, data: string, given: Partial<DataPlace>, local: Local | null): DataPlace {
  const options = { ...local?.data.options, ...given.options };
  // Data at another place may need other options for reading.
  const elsewhere = given.place !== undefined && resolve(given.place) !== local?.data.place;
  if (given.place !== undefined) return { place: given.place, options: elsewhere ? { ...given.options } : options };
  if (isDrawn(data)) return { place: data, options };
  const place = local?.data.place;
  if (place === undefined) throw usage(`${run}: was trained on '${data}'; give that data set with --data`);
  if (existsSync(place)) return { place, options };
  throw usage(`${run}: was trained on '${data}', which is no longer at ${place}; give that data set with --data`);
}
