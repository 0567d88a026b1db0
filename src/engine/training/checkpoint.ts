import { z } from 'zod';
import { openSafetensors, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { runSchema, type RunRecord } from '../../protocol/runs/run.js';
import type { HostTensor, OptimizerState } from '../model/types.js';

/** Trained weights by the authors' names. */
export type TrainedWeights = ReadonlyMap<string, HostTensor>;

/**
 * Everything that a run needs to continue after an epoch with the same bits. The order of batches and all random draws follow from the
 * seed.
 */
export interface Checkpoint {
  /** The number of finished epochs. */
  readonly epoch: number;
  /** The run's record at the end of that epoch: configuration, measurements, best epoch. */
  readonly record: RunRecord;
  readonly trained: TrainedWeights;
  readonly optimizer: OptimizerState;
  /** The weights of `record.bestEpoch`. */
  readonly best: TrainedWeights;
}

const METADATA_KEY = 'pyra_playground_checkpoint';
const metadataSchema = z.object({ version: z.literal(1), epoch: z.number().int().min(0), record: runSchema });

/** Encodes a checkpoint as a safetensors file with the tensors `trained.NAME`, `best.NAME`, `optimizer.first` and `optimizer.second`. */
export function encodeCheckpoint({ epoch, record, trained, optimizer, best }: Checkpoint): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, HostTensor>();
  for (const [name, tensor] of trained) tensors.set(`trained.${name}`, tensor);
  for (const [name, tensor] of best) tensors.set(`best.${name}`, tensor);
  for (const moment of ['first', 'second'] as const) {
    tensors.set(`optimizer.${moment}`, { shape: [optimizer[moment].length], data: optimizer[moment] });
  }
  return writeSafetensors(tensors, { [METADATA_KEY]: JSON.stringify({ version: 1, epoch, record }) });
}

/** Reads a checkpoint that {@link encodeCheckpoint} wrote. Rejects with `file.unsupported` or `file.damaged`. */
export async function decodeCheckpoint(source: ByteSource): Promise<Checkpoint> {
  const file = await openSafetensors(source);
  const text = file.metadata[METADATA_KEY];
  if (text === undefined) {
    throw new PlaygroundError(
      'file.unsupported',
      `${source.name}: is no checkpoint of this project (no '${METADATA_KEY}' in its metadata)`,
      {
        subject: source.name,
      },
    );
  }
  const { epoch, record } = parseMetadata(text, source.name);
  const trained = new Map<string, HostTensor>();
  const best = new Map<string, HostTensor>();
  for (const name of file.tensors.keys()) {
    if (name.startsWith('trained.')) trained.set(name.slice('trained.'.length), await file.read(name));
    else if (name.startsWith('best.')) best.set(name.slice('best.'.length), await file.read(name));
  }
  const first = (await file.read('optimizer.first')).data;
  const second = (await file.read('optimizer.second')).data;
  return { epoch, record, trained, best, optimizer: { first, second } };
}

function parseMetadata(text: string, name: string): { epoch: number; record: RunRecord } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PlaygroundError('file.damaged', `${name}: its metadata '${METADATA_KEY}' is no JSON`, { subject: name, cause });
  }
  const parsed = metadataSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PlaygroundError(
    'file.damaged',
    `${name}: its metadata '${METADATA_KEY}' is malformed at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`,
    { subject: name },
  );
}
