/** Backbones that outlive the page: their files, and a record of each, in one folder of the origin's private file system. */
import { z } from 'zod';
import { ContentDigest, contentDigest, inOrder, slicesOf } from '../../containers/digest.js';
import { privateFolder, type ModelFolder } from '../../formats/hub/folder-cache.js';
import type { KeptModels } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { configurationSchema, NO_ANSWERS, type BackboneAnswers } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';

const FOLDER = 'models';
/** How a record's name ends. Its files have the same name, with their number in place of this. */
const RECORD = '.model';
const COPY = /^(.+)\.\d+$/;

/** A file of a kept backbone: the name that it was given under, and the name that it has in the folder. */
const storedSchema = z.object({ name: z.string(), stored: z.string(), bytes: z.number().int().min(0) });
export type StoredFile = z.infer<typeof storedSchema>;

const recordSchema = z.object({
  version: z.literal(1),
  name: z.string().min(1),
  /** The digest of all files together; null until it is needed. */
  digest: z.string().nullable(),
  files: z.array(storedSchema).min(1),
  answers: configurationSchema.pick({ heads: true, mean: true, std: true }),
});
type ModelRecord = z.infer<typeof recordSchema>;

interface Entry {
  readonly id: string;
  readonly record: ModelRecord;
}

export interface FoundModel {
  readonly sources: readonly ByteSource[];
  readonly answers: BackboneAnswers;
}

export interface KeptModelsParts {
  /** Null where the browser keeps no files. */
  readonly folder: () => Promise<ModelFolder | null>;
  /** Bytes that the browser still grants; null where it does not say. */
  readonly room: () => Promise<number | null>;
  /** Lets one tab at a time write. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const total = (files: readonly { readonly bytes: number }[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

export class KeptModelStore {
  readonly #parts: KeptModelsParts;

  constructor(parts: KeptModelsParts) {
    this.#parts = parts;
  }

  /** What is kept, sorted by name, and how many bytes of unfinished downloads lie there. */
  async list(): Promise<KeptModels> {
    const folder = await this.#parts.folder();
    if (!folder) return { models: [], unfinishedBytes: 0 };
    const entries = await this.#entries(folder);
    let unfinishedBytes = 0;
    for (const name of await this.#downloads(folder, entries)) unfinishedBytes += (await folder.size(name)) ?? 0;
    const models = entries.map(({ record: { name, files, answers } }) => ({ name, bytes: total(files), answers }));
    return { models: models.sort((a, b) => a.name.localeCompare(b.name)), unfinishedBytes };
  }

  /** Null where none of that name is kept, or a file of it is gone. */
  async find(name: string): Promise<FoundModel | null> {
    const folder = await this.#parts.folder();
    const entry = folder && (await this.#entries(folder)).find(({ record }) => record.name === name);
    if (!folder || !entry) return null;
    const { files, answers } = entry.record;
    for (const file of files) if ((await folder.size(file.stored)) !== file.bytes) return null;
    return { sources: await Promise.all(files.map((file) => folder.open(file.stored, file.name))), answers };
  }

  /** Files of the folder as sources. Rejects with `file.unreadable` where one is gone. */
  async open(files: readonly StoredFile[]): Promise<readonly ByteSource[]> {
    const folder = await this.#parts.folder();
    if (!folder) throw new PlaygroundError('file.unreadable', 'this browser keeps no files for the page');
    return Promise.all(files.map((file) => folder.open(file.stored, file.name)));
  }

  /** Deletes those of the files that belong to no kept backbone. */
  async discard(files: readonly StoredFile[]): Promise<void> {
    const folder = await this.#parts.folder();
    if (!folder) return;
    await this.#parts.exclusively(async () => {
      const used = storedBy(await this.#entries(folder));
      for (const { stored } of files) if (!used.has(stored)) await removeStored(folder, stored);
    });
  }

  /**
   * The name under which the same content is kept, whatever its files are called; null where it is not. Compares contents only where
   * all sizes are equal.
   */
  async nameOf(sources: readonly ByteSource[]): Promise<string | null> {
    const folder = await this.#parts.folder();
    if (!folder) return null;
    const sizes = inOrder(sources)
      .map(({ size }) => size)
      .join();
    let digest: string | null = null;
    for (const { id, record } of await this.#entries(folder)) {
      if (
        sizes !==
        inOrder(record.files)
          .map(({ bytes }) => bytes)
          .join()
      )
        continue;
      digest ??= await contentDigest(sources);
      if ((await this.#digestOf(folder, id, record)) === digest) return record.name;
    }
    return null;
  }

  /**
   * Copies a backbone's files slice by slice. Rejects with `file.unreadable` where the browser has no room for them, and deletes what
   * was copied of them.
   */
  async keep(
    name: string,
    sources: readonly ByteSource[],
    answers: BackboneAnswers,
    onProgress: (done: number, total: number) => void,
  ): Promise<void> {
    const folder = await this.#parts.folder();
    if (!folder) return;
    await this.#parts.exclusively(async () => {
      const entries = await this.#entries(folder);
      if (entries.some(({ record }) => record.name === name)) return;
      await removeCutCopies(folder, entries);
      const bytes = sources.reduce((sum, { size }) => sum + size, 0);
      const room = await this.#parts.room();
      if (room !== null && room < bytes) throw noRoom(name, bytes, `it gives ${megabytes(room)} more`);
      const id = crypto.randomUUID();
      const digest = new ContentDigest();
      const files: StoredFile[] = [];
      let done = 0;
      try {
        for (const [index, source] of inOrder(sources).entries()) {
          const stored = `${id}.${index}`;
          files.push({ name: source.name, stored, bytes: source.size });
          let offset = 0;
          for await (const slice of slicesOf(source)) {
            await digest.add(slice);
            await folder.append(stored, offset, slice);
            offset += slice.length;
            done += slice.length;
            onProgress(done, bytes);
          }
          if (source.size === 0) await folder.write(stored, new Uint8Array());
          await folder.release(stored);
        }
        await writeRecord(folder, id, { version: 1, name, digest: await digest.text(), files, answers });
      } catch (cause) {
        for (const { stored } of files) await folder.remove(stored).catch(() => undefined);
        throw noRoom(name, bytes, cause instanceof Error ? cause.message : String(cause), cause);
      }
    });
  }

  /** Records a backbone whose files lie in the folder already, as downloads do. */
  async adopt(name: string, files: readonly StoredFile[]): Promise<void> {
    const folder = await this.#parts.folder();
    if (!folder) return;
    await this.#parts.exclusively(async () => {
      const known = (await this.#entries(folder)).find(({ record }) => record.name === name);
      const record: ModelRecord = { version: 1, name, digest: null, files: [...files], answers: NO_ANSWERS };
      await writeRecord(folder, known?.id ?? crypto.randomUUID(), record);
    });
  }

  /** Records the answers of a person about a kept backbone. */
  async answer(name: string, { heads, mean, std }: BackboneAnswers): Promise<void> {
    const folder = await this.#parts.folder();
    if (!folder) return;
    await this.#parts.exclusively(async () => {
      const entry = (await this.#entries(folder)).find(({ record }) => record.name === name);
      const answers = { heads, mean, std };
      if (!entry || JSON.stringify(entry.record.answers) === JSON.stringify(answers)) return;
      await writeRecord(folder, entry.id, { ...entry.record, answers });
    });
  }

  /** Deletes a backbone, but not the files that it shares with another. */
  async remove(name: string): Promise<void> {
    const folder = await this.#parts.folder();
    if (!folder) return;
    await this.#parts.exclusively(async () => {
      const entries = await this.#entries(folder);
      const gone = entries.filter(({ record }) => record.name === name);
      const others = storedBy(entries.filter((entry) => !gone.includes(entry)));
      for (const { id, record } of gone) {
        await folder.remove(id + RECORD);
        for (const { stored } of record.files) if (!others.has(stored)) await removeStored(folder, stored);
      }
    });
  }

  /** Deletes the downloads that belong to no kept backbone. */
  async removeUnfinished(): Promise<void> {
    const folder = await this.#parts.folder();
    if (!folder) return;
    await this.#parts.exclusively(async () => {
      for (const name of await this.#downloads(folder, await this.#entries(folder))) await folder.remove(name);
    });
  }

  /** The files of downloads that no kept backbone is made of. */
  async #downloads(folder: ModelFolder, entries: readonly Entry[]): Promise<string[]> {
    const used = new Set(entries.flatMap(({ record }) => record.files.map(({ stored }) => stem(stored))));
    return (await folder.list()).filter((name) => DOWNLOAD.test(name) && !used.has(stem(name)));
  }

  /** Every record that can be read; those that another version wrote are left alone. */
  async #entries(folder: ModelFolder): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const file of await folder.list()) {
      if (!file.endsWith(RECORD)) continue;
      try {
        const source = await folder.open(file, file);
        const parsed = recordSchema.safeParse(JSON.parse(new TextDecoder().decode(await source.read(0, source.size))));
        if (parsed.success) entries.push({ id: file.slice(0, -RECORD.length), record: parsed.data });
      } catch {
        continue;
      }
    }
    return entries;
  }

  /** The content's digest out of the record, or computed and recorded where it is missing; null where a file cannot be read. */
  async #digestOf(folder: ModelFolder, id: string, record: ModelRecord): Promise<string | null> {
    if (record.digest !== null) return record.digest;
    try {
      const digest = await contentDigest(await Promise.all(record.files.map((file) => folder.open(file.stored, file.name))));
      await writeRecord(folder, id, { ...record, digest });
      return digest;
    } catch {
      return null;
    }
  }
}

/** How the names of a download's files end. */
const DOWNLOAD = /\.(part|json)$/;
const stem = (name: string): string => name.replace(DOWNLOAD, '');

const storedBy = (entries: readonly Entry[]): Set<string> =>
  new Set(entries.flatMap(({ record }) => record.files.map(({ stored }) => stored)));

async function removeStored(folder: ModelFolder, stored: string): Promise<void> {
  await folder.remove(stored);
  if (DOWNLOAD.test(stored)) await folder.remove(`${stem(stored)}.json`);
}

const writeRecord = (folder: ModelFolder, id: string, record: ModelRecord): Promise<void> =>
  folder.write(id + RECORD, new TextEncoder().encode(JSON.stringify(record)));

/** Deletes copies without a record: the page was closed while they were made. */
async function removeCutCopies(folder: ModelFolder, entries: readonly Entry[]): Promise<void> {
  const known = new Set(entries.map(({ id }) => id));
  const names = await folder.list();
  for (const name of names) {
    const id = COPY.exec(name)?.[1];
    // A record that is there but cannot be read may be of a newer version of the page.
    if (id !== undefined && !known.has(id) && !names.includes(id + RECORD)) await folder.remove(name).catch(() => undefined);
  }
}

function noRoom(name: string, bytes: number, why: string, cause?: unknown): PlaygroundError {
  return new PlaygroundError(
    'file.unreadable',
    `${name}: the browser did not keep its ${megabytes(bytes)} for the next visit (${why}); it can be used now, and kept once other backbones or data sets are deleted`,
    { subject: name, cause },
  );
}

/** The folder of given and downloaded backbones; null where the browser gives the page no files, as in some private windows. */
export async function openModelFolder(): Promise<ModelFolder | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return privateFolder(await root.getDirectoryHandle(FOLDER, { create: true }));
  } catch {
    return null;
  }
}

/** The backbones in this browser's private file system. */
export function privateModels(): KeptModelStore {
  const opening = openModelFolder();
  return new KeptModelStore({
    folder: () => opening,
    room: async () => {
      const { quota, usage } = await navigator.storage.estimate();
      return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
    },
    exclusively: async (work) => navigator.locks.request('pyra-playground/models', work),
  });
}
