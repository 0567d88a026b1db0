/** Finds the checkpoint of an interrupted run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeCheckpoint, type Checkpoint } from '../../engine/training/checkpoint.js';
import type { ArchitectureOverrides } from '../../formats/backbones/weights.js';
import type { Configuration } from '../../vit/configuration.js';
import { usage } from '../arguments.js';
import { byteSourceFromPath } from '../inputs/files.js';
import { CHECKPOINT_FILE } from './run-files.js';

/** The checkpoint in a run's folder; null where there is none. Rejects with a sentence where it cannot be read. */
export async function findCheckpoint(folder: string): Promise<Checkpoint | null> {
  const path = join(folder, CHECKPOINT_FILE);
  return existsSync(path) ? decodeCheckpoint(await byteSourceFromPath(path)) : null;
}

/** Rejects with `usage` where the folder has no run that can be resumed. */
export async function requireCheckpoint(folder: string): Promise<Checkpoint> {
  const checkpoint = await findCheckpoint(folder);
  if (checkpoint) return checkpoint;
  throw usage(
    `--resume: ${folder} has no ${CHECKPOINT_FILE}: no epoch of a run ended there, or the run is finished and its checkpoint gone`,
  );
}

/** What a person said about the backbone when the run was started. */
export function overridesOf({ heads, mean, std }: Configuration): ArchitectureOverrides {
  return { ...(heads === null ? {} : { heads }), ...(mean ? { mean } : {}), ...(std ? { std } : {}) };
}
