import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../engine/training/checkpoint.js';
import { parseAdapted } from '../../formats/adapted/adapted.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { PlaygroundError } from '../../vit/errors.js';
import { runSchema, type RunRecord } from '../../protocol/runs/run.js';
import type { FileStore } from './private-files.js';
import { Turn } from '../../protocol/turn.js';
import type { ShippedRuns } from './shipped-runs.js';

const FOLDER = 'runs';
export const RECORD = 'run.json';
export const ADAPTED = 'adapted.safetensors';
const CHECKPOINT = 'checkpoint.safetensors';
const EPOCHS = 'epochs';

/** Epochs of a run whose weights are kept to look back at; with PYRA and LoRA on a ViT-B each is a few MB. */
const KEPT_EPOCHS = 8;

/**
 * Which of the kept epochs stay: the first and the last always, and of those between, the ones whose removal would leave the widest
 * gaps. `epochs` ascends.
 */
export function spacedEpochs(epochs: readonly number[], most: number): number[] {
  const kept = [...epochs];
  while (kept.length > most) {
    let least = 1;
    const gap = (at: number): number => (kept[at + 1] ?? 0) - (kept[at - 1] ?? 0);
    for (let at = 2; at < kept.length - 1; at++) if (gap(at) < gap(least)) least = at;
    kept.splice(least, 1);
  }
  return kept;
}

/** The bytes of `run.json`. */
export const encodeRecord = (record: RunRecord): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`);

/** Reads `run.json`. Throws `file.damaged`, or `file.unsupported` where a later version wrote it: there is none before version 1. */
export function decodeRecord(bytes: Uint8Array, name: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new PlaygroundError('file.damaged', `${name}: is no JSON, so the run in it cannot be read`, { subject: name, cause });
  }
  const parsed = runSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version !== 1) {
    throw new PlaygroundError(
      'file.unsupported',
      `${name}: was written by version ${version} of the playground's runs, and version 1 is read; use a newer page`,
      { subject: name },
    );
  }
  const [issue] = parsed.error.issues;
  throw new PlaygroundError(
    'file.damaged',
    `${name}: is no run that can be read: '${issue?.path.join('.') ?? ''}' ${issue?.message ?? ''}`,
    { subject: name },
  );
}

/**
 * Runs that outlive the page, a folder each: the record, the weights of the best epoch and of a few others, and a checkpoint until the
 * run is finished.
 */
export class RunStore {
  readonly #files: FileStore;
  readonly #shipped: ShippedRuns | null;
  /** Writes happen in the order in which they were asked for. */
  readonly #writing = new Turn();

  /** @param shipped runs that come with the page: they are found by their ids, but never listed and never written. */
  constructor(files: FileStore, shipped: ShippedRuns | null = null) {
    this.#files = files;
    this.#shipped = shipped;
  }

  /** Every run that can be read, newest first, and the errors of the others. */
  async list(): Promise<{ readonly runs: readonly RunRecord[]; readonly problems: readonly unknown[] }> {
    const runs: RunRecord[] = [];
    const problems: unknown[] = [];
    for (const id of await this.#files.list(FOLDER)) {
      try {
        const record = await this.find(id);
        if (record) runs.push(record);
      } catch (thrown) {
        problems.push(thrown);
      }
    }
    return { runs: runs.sort((a, b) => b.started.localeCompare(a.started)), problems };
  }

  async find(id: string): Promise<RunRecord | null> {
    const bytes = await this.#files.read(path(id, RECORD));
    if (bytes) return decodeRecord(bytes, `${id}/${RECORD}`);
    return (await this.#shipped?.find(id)) ?? null;
  }

  /** Rejects with `option.invalid` where there is no such run. */
  async require(id: string): Promise<RunRecord> {
    const record = await this.find(id);
    if (record) return record;
    throw new PlaygroundError('option.invalid', `run: there is no run ${id} in this browser`, { subject: id });
  }

  save(record: RunRecord): Promise<void> {
    return this.#write(record.id, RECORD, encodeRecord(record));
  }

  /** @param adapted the bytes of `adapted.safetensors`. */
  saveWeights(id: string, adapted: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#write(id, ADAPTED, adapted);
  }

  /**
   * Keeps an epoch's weights, and deletes those of another epoch where there are too many.
   *
   * @param adapted the bytes of an `adapted.safetensors`.
   * @returns the epochs that are kept now.
   */
  saveEpoch(id: string, epoch: number, adapted: Uint8Array<ArrayBuffer>): Promise<readonly number[]> {
    return this.#writing.take(async () => {
      await this.#files.write(path(id, epochFile(epoch)), adapted);
      const all = await this.#epochs(id);
      const stay = spacedEpochs(all, KEPT_EPOCHS);
      for (const gone of all.filter((other) => !stay.includes(other))) await this.#files.remove(path(id, epochFile(gone)));
      return stay;
    });
  }

  /** Epochs whose weights are kept, ascending. */
  epochs(id: string): Promise<readonly number[]> {
    return this.#writing.take(() => this.#epochs(id));
  }

  async #epochs(id: string): Promise<number[]> {
    const names = await this.#files.list(path(id, EPOCHS));
    return names
      .map((name) => Number(name.replace(/\.safetensors$/, '')))
      .filter((epoch) => Number.isInteger(epoch))
      .sort((a, b) => a - b);
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.#write(checkpoint.record.id, CHECKPOINT, encodeCheckpoint(checkpoint));
  }

  /** The run's last checkpoint; null where there is none, as before the end of its first epoch. */
  async checkpoint(id: string): Promise<Checkpoint | null> {
    const bytes = await this.#files.read(path(id, CHECKPOINT));
    return bytes && decodeCheckpoint(byteSourceFromBytes(`${id}/${CHECKPOINT}`, bytes));
  }

  /** For a finished run, which nobody continues. */
  removeCheckpoint(id: string): Promise<void> {
    return this.#writing.take(() => this.#files.remove(path(id, CHECKPOINT)));
  }

  /** The run's weights as a file. Rejects with `weights.not-here` where none were kept. */
  async weightsFile(record: RunRecord): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = (await this.#files.read(path(record.id, ADAPTED))) ?? (await this.#shipped?.weights(record.id));
    if (bytes) return bytes;
    throw new PlaygroundError(
      'weights.not-here',
      `${record.name}: its weights are not on this page; drop its adapted.safetensors to have them`,
      { subject: record.name },
    );
  }

  /** The weights after the best epoch, or after one that is kept. Rejects with `weights.not-here`, or `option.invalid` for an epoch. */
  async weights(record: RunRecord, epoch?: number): Promise<{ metadata: AdaptedMetadata; trained: Map<string, NamedTensor> }> {
    const bytes =
      epoch === undefined ? await this.weightsFile(record) : await this.#files.read(path(record.id, epochFile(epoch)));
    if (bytes) return parseAdapted(byteSourceFromBytes(ADAPTED, bytes));
    throw new PlaygroundError('option.invalid', `${record.name}: the weights after epoch ${epoch} are no longer kept`, {
      subject: record.name,
    });
  }

  remove(id: string): Promise<void> {
    return this.#writing.take(() => this.#files.remove(`${FOLDER}/${id}`));
  }

  /** Resolves when everything that was asked for so far is written. */
  async settled(): Promise<void> {
    await this.#writing.take(async () => undefined);
  }

  #write(id: string, file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#writing.take(() => this.#files.write(path(id, file), bytes));
  }
}

const path = (id: string, file: string): string => `${FOLDER}/${id}/${file}`;
const epochFile = (epoch: number): string => `${EPOCHS}/${epoch}.safetensors`;
