/** Finished runs, identified by what they computed: configuration, pictures and frozen weights, wherever their records lie. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type z } from 'zod';
import { contentDigest } from '../../data/identity/fingerprint.js';
import { resultsSchema, runSchema, type Results, type RunRecord } from '../../protocol/runs/run.js';
import { PlaygroundError } from '../../vit/errors.js';
import { LATER_OPTIONS, PAPER_RECIPE } from '../../vit/configuration.js';
import { RUN_FILE } from '../runs/run-files.js';

export type Identity = Pick<RunRecord, 'configuration' | 'dataFingerprint' | 'backboneFingerprint'>;

/**
 * Identifies a run with 16 hexadecimal digits. `recompute` does not count, since it changes no bit. An option that was added later counts
 * only where it is used, so that older runs are recognised.
 */
export async function identityOf({ configuration, dataFingerprint, backboneFingerprint }: Identity): Promise<string> {
  const { recompute: _recompute, ...rest } = configuration;
  const settings = Object.entries(rest)
    .filter(([name, value]) => !LATER_OPTIONS.some((later) => later === name && value === PAPER_RECIPE[later]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const { train = '', validation = '', test = '' } = dataFingerprint ?? {};
  const text = JSON.stringify([settings, train, validation, test, backboneFingerprint ?? '']);
  return (await contentDigest(new TextEncoder().encode(text))).slice(0, 16);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new PlaygroundError('file.damaged', `${path}: is no JSON`, { subject: path, cause });
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, path: string, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PlaygroundError('file.damaged', `${path}: is no ${what}`, { subject: path, cause: parsed.error });
}

/** Rejects where the file is not a file of results. */
export const readResults = async (path: string): Promise<Results> =>
  parse(resultsSchema, await readJson(path), path, 'file of results');

/**
 * Every run's record below a folder, sorted by path, or those in a file of results.
 * @param leaveOut is told of a record in the folder that cannot be read, which is then left out; without it that rejects.
 */
export async function recordsIn(path: string, leaveOut?: (error: PlaygroundError) => void): Promise<RunRecord[]> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return (await readResults(path)).runs;
  if (!found) throw new PlaygroundError('usage', `'${path}' is no folder of runs and no file of results`, { subject: path });
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name === RUN_FILE)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const records = await Promise.all(
    paths.map(async (file) => {
      try {
        return parse(runSchema, await readJson(file), file, 'record of a run');
      } catch (thrown) {
        if (!leaveOut || !(thrown instanceof PlaygroundError)) throw thrown;
        leaveOut(thrown);
        return null;
      }
    }),
  );
  return records.filter((record) => record !== null);
}

/** Finished runs by their identity. Records from before backbones had fingerprints are recognised by the rest. */
export class KnownRuns {
  readonly #byIdentity = new Map<string, RunRecord>();
  /** Identities without the pictures. */
  readonly #settings = new Set<string>();

  async add(record: RunRecord): Promise<void> {
    if (record.state !== 'finished') return;
    this.#byIdentity.set(await identityOf(record), record);
    this.#settings.add(await identityOf({ ...record, dataFingerprint: null }));
  }

  /** Reads all records below these places. A place that does not exist yet has none. */
  static async below(places: readonly string[]): Promise<KnownRuns> {
    const known = new KnownRuns();
    for (const place of places.filter((path) => existsSync(path))) {
      for (const record of await recordsIn(place)) await known.add(record);
    }
    return known;
  }

  /** Whether there is a run that differs only in its pictures: its data set then merely has the same name. */
  async hasOnOtherPictures(wanted: Identity): Promise<boolean> {
    return this.#settings.has(await identityOf({ ...wanted, dataFingerprint: null })) && (await this.find(wanted)) === null;
  }

  async find(wanted: Identity): Promise<RunRecord | null> {
    return this.#byIdentity.get(await identityOf(wanted)) ?? null;
  }
}
