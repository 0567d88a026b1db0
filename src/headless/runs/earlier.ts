/** Runs that lie already where one is to go. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../../engine/training/checkpoint.js';
import { sameData } from '../../engine/training/setup.js';
import { runSchema, type RunRecord } from '../../protocol/run.js';
import { findCheckpoint } from './resume.js';
import { RESULTS, RUN_FILE } from './run-files.js';

type Wanted = Pick<RunRecord, 'configuration' | 'dataFingerprint'>;

export interface Place {
  readonly folder: string;
  /** The very run, which came to its end. */
  readonly finished: RunRecord | null;
  /** Where the very run was interrupted. */
  readonly checkpoint: Checkpoint | null;
  /** What lies in the folder that was asked for instead, as a sentence; null where that was free. */
  readonly other: string | null;
}

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

/**
 * Looks in `folder`, then in `folder-2` and so on, for the run with this configuration on these pictures, finished or interrupted, and
 * else for the first that has no run: another run that is called the same is neither taken for this one nor written over.
 *
 * @param force takes `folder` whatever other run it has.
 */
export async function findPlace(folder: string, wanted: Wanted, force: boolean): Promise<Place> {
  let other: string | null = null;
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? folder : `${folder}-${number}`;
    const place = { folder: candidate, finished: null, checkpoint: null, other };
    if (!RESULTS.some((file) => existsSync(join(candidate, file)))) return place;
    const record = await readRecord(candidate);
    if (record?.state === 'finished' && isSame(record, wanted)) return { ...place, finished: record };
    const checkpoint = await findCheckpoint(candidate).catch(() => null);
    if (checkpoint && isSame(checkpoint.record, wanted)) return { ...place, checkpoint };
    // One that came to nothing is begun again.
    if (force || (record && record.state !== 'finished' && isSame(record, wanted))) return place;
    const found = record ?? checkpoint?.record;
    const what = found && sameConfiguration(found, wanted) ? 'on other pictures' : 'with other settings';
    other ??= `${candidate} has a run of the same name ${what}`;
  }
}
