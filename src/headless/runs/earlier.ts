/** Runs that lie already where one is to go. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../../engine/training/checkpoint.js';
import { sameData, sameNumerics } from '../../engine/training/setup.js';
import { runSchema, type RunRecord } from '../../protocol/run.js';
import { findCheckpoint } from './resume.js';
import { RESULTS, RUN_FILE } from './run-files.js';

type Wanted = Pick<RunRecord, 'configuration' | 'dataFingerprint'>;

export interface Earlier {
  /** The very run, which came to its end. */
  readonly finished: RunRecord | null;
  /** Where the very run was interrupted. */
  readonly checkpoint: Checkpoint | null;
  /** What lies there instead, to go behind the folder's name; null where nothing does that anybody would miss. */
  readonly other: string | null;
}

const NOTHING: Earlier = { finished: null, checkpoint: null, other: null };

/** Null where there is none, or none that can be read. */
async function readRecord(folder: string): Promise<RunRecord | null> {
  try {
    return runSchema.parse(JSON.parse(await readFile(join(folder, RUN_FILE), 'utf8')));
  } catch {
    return null;
  }
}

const sameConfiguration = (one: Wanted, other: Wanted): boolean =>
  JSON.stringify(one.configuration) === JSON.stringify(other.configuration);

const isSame = (one: Wanted, other: Wanted): boolean =>
  sameConfiguration(one, other) && sameData(one.dataFingerprint, other.dataFingerprint);

/** What a folder has of the run with this configuration on these pictures: one that is only called the same is another. */
export async function findEarlier(folder: string, wanted: Wanted): Promise<Earlier> {
  if (!RESULTS.some((file) => existsSync(join(folder, file)))) return NOTHING;
  const record = await readRecord(folder);
  if (record?.state === 'finished' && isSame(record, wanted)) return { ...NOTHING, finished: record };
  const checkpoint = await findCheckpoint(folder).catch(() => null);
  if (checkpoint && isSame(checkpoint.record, wanted)) {
    if (sameNumerics(checkpoint.record)) return { ...NOTHING, checkpoint };
    return { ...NOTHING, other: 'has an unfinished run of this name that another version began, whose bits this one does not give' };
  }
  // One that came to nothing is begun again.
  if (record && record.state !== 'finished' && isSame(record, wanted)) return NOTHING;
  const found = record ?? checkpoint?.record;
  if (!found) return { ...NOTHING, other: 'has a run that cannot be read' };
  const { data } = wanted.configuration;
  return {
    ...NOTHING,
    other: sameConfiguration(found, wanted)
      ? `has a run of this name on other pictures, of a data set that is called '${found.configuration.data}' as well`
      : `has a run of this name with other settings, on '${found.configuration.data}'${found.configuration.data === data ? '' : ` and not '${data}'`}`,
  };
}
