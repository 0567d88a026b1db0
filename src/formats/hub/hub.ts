/**
 * Weights from a hub: a repository's files, or one address, fetched when a person asks for it. An interrupted download resumes where it
 * stopped (`Range`), now or in a later visit, as long as the file's `ETag` is unchanged.
 */
import { z } from 'zod';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { HUB, readReference, type RepositoryReference } from '../../protocol/hub/references.js';
import { attempt, Interrupted, network, pauseAfter, request, type RequestSettings } from './request.js';

/** What is kept of a download. */
export interface KeptDownload {
  /** Bytes from the file's start. */
  readonly received: number;
  /** Null where the server did not say. */
  readonly total: number | null;
  /** The `ETag`, or null. */
  readonly validator: string | null;
  readonly complete: boolean;
}

/** Where downloads are kept: the origin's private file system, a folder on disk, or memory. */
export interface DownloadCache {
  find(address: string): Promise<KeptDownload | null>;
  /** Starts a download again and deletes what was kept of it. */
  begin(address: string, facts: { readonly total: number | null; readonly validator: string | null }): Promise<void>;
  /** Appends bytes to what is there. */
  append(address: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Flushes what was appended. Called when a download ends, successfully or not. */
  settle(address: string, complete: boolean): Promise<void>;
  /** A complete download as a source, called `name`. */
  open(address: string, name: string): Promise<ByteSource>;
}

export interface HubProgress {
  readonly file: string;
  /** Bytes of this file that have arrived. */
  readonly received: number;
  readonly total: number | null;
  /** Present while the server has asked to be left alone for a time: a sentence about the wait. */
  readonly waiting?: string;
}

/** Every setting that is not given has a default. */
export interface HubOptions extends Partial<Omit<RequestSettings, 'onWaiting'>> {
  readonly cache: DownloadCache;
  readonly onProgress?: (progress: HubProgress) => void;
  /** Called with a sentence where the network does not reach the hub and the cache is used instead. */
  readonly onOffline?: (sentence: string) => void;
  /** A file larger than this is refused before it is fetched. */
  readonly maximumBytes?: number;
}

const DEFAULTS = {
  hub: HUB,
  retries: 5,
  retryMilliseconds: 1000,
  longestWaitMilliseconds: 5 * 60_000,
  silenceMilliseconds: 30_000,
  maximumBytes: 8 * 2 ** 30,
};

type Settings = HubOptions & RequestSettings & { readonly maximumBytes: number };

const listingSchema = z.looseObject({ siblings: z.array(z.looseObject({ rfilename: z.string() })).max(100_000) });
const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });
const MAX_LISTING = 16 * 2 ** 20;

/** A file of a model and the address it was fetched from, by which the cache knows it. */
export interface FetchedSource extends ByteSource {
  readonly address: string;
}

/**
 * Fetches a model: `owner/name` or `owner/name@revision` (its weights with the configuration files beside them), the address
 * of such a repository's page, or the address of one file. Returns sources for {@link loadWeights}. What is in the cache whole is
 * not fetched again, and needs no network. Rejects with `usage` for what is no reference, `network` for what the network or the
 * server refused, `cancelled` where `signal` was aborted.
 */
export async function fetchFromHub(text: string, options: HubOptions): Promise<FetchedSource[]> {
  const onWaiting = (file: string, waiting: string): void => options.onProgress?.({ file, received: 0, total: null, waiting });
  const settings: Settings = { ...DEFAULTS, ...options, onWaiting };
  const reference = readReference(text, settings.hub);
  if (reference.kind === 'file') return [await download(reference.url, reference.name, settings)];
  const { repository, revision, hub } = reference;
  const files = await listRepository(reference, settings);
  const fileAddress = (path: string): URL => new URL(`${hub}/${repository}/resolve/${encodePath(revision)}/${encodePath(path)}`);
  const { configuration, weights, index } = chooseFiles(repository, files);
  const sources: FetchedSource[] = [];
  for (const path of [...configuration, ...weights]) sources.push(await download(fileAddress(path), path, settings));
  if (index === undefined) return sources;
  const indexSource = await download(fileAddress(index), index, settings);
  for (const path of await shardsOf(indexSource, files)) sources.push(await download(fileAddress(path), path, settings));
  return [...sources, indexSource];
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Where a hub answers with the list of a repository's files; the cache keeps the list under it. */
export const listingAddress = ({ hub, repository, revision }: RepositoryReference): URL =>
  new URL(`${hub}/api/models/${repository}/revision/${encodeURIComponent(revision)}`);

/** The repository's files as the hub lists them now, or as it listed them last where the network does not reach it. */
async function listRepository(reference: RepositoryReference, settings: Settings): Promise<string[]> {
  const { repository } = reference;
  const { cache } = settings;
  const address = listingAddress(reference);
  const kept = await cache.find(address.href);
  // With a kept list there is no need to retry: it is used at once where the network is gone.
  const patience = kept?.complete ? { ...settings, retries: 0 } : settings;
  try {
    const use = async (answer: Response): Promise<Uint8Array<ArrayBuffer>> => {
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (bytes.length > MAX_LISTING) throw network(`${repository}: the hub's list of files is too long`, repository);
      return bytes;
    };
    const body = await attempt({ url: address, name: repository, settings: patience, use });
    const files = parseListing(body, repository);
    await cache.begin(address.href, { total: body.length, validator: null });
    await cache.append(address.href, body);
    await cache.settle(address.href, true);
    return files;
  } catch (error) {
    if (!(error instanceof PlaygroundError && error.cause instanceof Interrupted && kept?.complete)) throw error;
    settings.onOffline?.(`${error.message}; the files that were fetched before are used`);
    const list = await cache.open(address.href, repository);
    return parseListing(await list.read(0, list.size), repository);
  }
}

function parseListing(bytes: Uint8Array, repository: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw network(`${repository}: the hub did not answer with a list of files`, repository, cause);
  }
  const parsed = listingSchema.safeParse(value);
  if (!parsed.success) throw network(`${repository}: the hub did not answer with a list of files`, repository);
  return parsed.data.siblings.map(({ rfilename }) => rfilename).filter((path) => !path.split('/').includes('..'));
}

interface ModelFilePaths {
  readonly configuration: readonly string[];
  readonly weights: readonly string[];
  readonly index: string | undefined;
}

/** A PEFT adapter, and what this project writes beside one. */
const ADAPTER = 'adapter_model.safetensors';
const BESIDE_ADAPTER = 'pyra.safetensors';

/** The files at a repository's top that make one model: safetensors first, then what PyTorch or numpy wrote. */
function chooseFiles(repository: string, files: readonly string[]): ModelFilePaths {
  const there = (paths: readonly string[]): string[] => paths.filter((path) => files.includes(path));
  const configuration = there(['config.json', 'preprocessor_config.json', 'adapter_config.json']);
  const [index] = there(['model.safetensors.index.json']);
  const top = files.filter((path) => !path.includes('/'));
  const [whole] = there(['model.safetensors', 'pytorch_model.bin', ADAPTER]);
  const [any] = [/\.safetensors$/, /\.npz$/, /\.(pth|pt|bin)$/].flatMap((form) => top.filter((path) => form.test(path)));
  if (index !== undefined && whole !== 'model.safetensors') return { configuration, weights: [], index };
  const weights = whole ?? any;
  if (weights !== undefined) {
    return { configuration, weights: weights === ADAPTER ? [ADAPTER, ...there([BESIDE_ADAPTER])] : [weights], index: undefined };
  }
  throw new PlaygroundError(
    'file.unsupported',
    `${repository}: has no weights file (safetensors, .bin, .pth or .npz) among its ${files.length} files`,
    { subject: repository },
  );
}

async function shardsOf(index: ByteSource, files: readonly string[]): Promise<string[]> {
  const damaged = (why: string): PlaygroundError =>
    new PlaygroundError('file.damaged', `${index.name}: ${why}`, { subject: index.name });
  if (index.size > MAX_LISTING) throw damaged('is too long for an index');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(await index.read(0, index.size)));
  } catch {
    throw damaged('is no valid JSON');
  }
  const parsed = indexSchema.safeParse(value);
  if (!parsed.success) throw damaged("has no 'weight_map'");
  const shards = [...new Set(Object.values(parsed.data.weight_map))];
  const stranger = shards.find((path) => !files.includes(path));
  if (stranger !== undefined) throw damaged(`names the file '${stranger}', which the repository does not have`);
  return shards;
}

/** Downloads one file into the cache, resuming what is there, and opens it as a source. */
async function download(url: URL, name: string, settings: Settings): Promise<FetchedSource> {
  const { cache, onProgress } = settings;
  const address = url.href;
  const open = async (): Promise<FetchedSource> => ({ ...(await cache.open(address, name)), address });
  const kept = await cache.find(address);
  // A kept file without a byte is fetched again: it may come from an answer that was not the file.
  if (kept?.complete && kept.received > 0) {
    onProgress?.({ file: name, received: kept.received, total: kept.received });
    return open();
  }
  let failures = 0;
  for (;;) {
    const before = (await cache.find(address))?.received ?? 0;
    try {
      await downloadOnce(url, name, settings);
      return await open();
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      const after = (await cache.find(address))?.received ?? 0;
      failures = after > before ? 1 : failures + 1;
      if (failures > settings.retries) {
        throw network(
          `${name}: the connection to ${url.host} was cut after ${after} bytes (${error.message}); ask again to go on from there`,
          name,
          error,
        );
      }
      await pauseAfter(error, failures - 1, name, settings);
    }
  }
}

/**
 * @param ranged asks for a range, even from the first byte: answers to range requests are never compressed, so their length is that of the
 * file.
 */
async function downloadOnce(url: URL, name: string, settings: Settings, ranged = true): Promise<void> {
  const { cache, onProgress, maximumBytes } = settings;
  const address = url.href;
  const kept = await cache.find(address);
  const from = kept?.received ?? 0;
  let refused = false;
  const use = async (response: Response, alive: () => void): Promise<void> => {
    const validator = response.headers.get('etag');
    const range = response.headers.get('content-range');
    let received = 0;
    let total = lengthOf(response);
    if (response.status === 206 && from > 0) {
      const [, start = '', whole = '*'] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? '') ?? [];
      total = whole === '*' ? null : Number(whole);
      if (start === '' || Number(start) !== from || validator !== kept?.validator || total !== kept.total) {
        // The file has changed on the server: the next attempt starts from the beginning.
        await cache.begin(address, { total: null, validator: null });
        throw new Interrupted('the file changed on the server');
      }
      received = from;
    } else if (response.status === 416) {
      const whole = /^bytes \*\/(\d+)$/.exec(range ?? '')?.[1];
      // The server says that there is no first byte. Some hubs answer so although the file exists.
      if (from === 0) {
        refused = true;
        return response.body?.cancel();
      }
      if (kept?.total === from || Number(whole) === from) return cache.settle(address, true);
      await cache.begin(address, { total: null, validator: null });
      throw new Interrupted('the file changed on the server');
    } else {
      if (total !== null && total > maximumBytes)
        throw network(`${name}: has ${total} bytes, and at most ${maximumBytes} are fetched`, name);
      await cache.begin(address, { total, validator });
    }
    onProgress?.({ file: name, received, total });
    let complete = false;
    const reader = response.body?.getReader();
    try {
      while (reader) {
        const { done, value } = await reader.read();
        alive();
        if (done) break;
        received += value.length;
        if (received > maximumBytes || (total !== null && received > total)) {
          throw network(`${name}: the server sent more than ${total ?? maximumBytes} bytes`, name);
        }
        await cache.append(address, value);
        onProgress?.({ file: name, received, total });
      }
      if (total !== null && received < total) throw new Interrupted(`${total} bytes were announced`);
      complete = true;
    } finally {
      await reader?.cancel().catch(() => undefined);
      await cache.settle(address, complete);
    }
  };
  await request({ url, name, settings, headers: ranged ? { Range: `bytes=${from}-` } : {}, use });
  if (!refused) return;
  if (!ranged) throw network(`${name}: ${url.host} answered 416 (no such range) where the whole file was asked for`, name);
  await downloadOnce(url, name, settings, false);
}

/** The body's length; null where it is compressed in transit, since the header then counts other bytes. */
function lengthOf(response: Response): number | null {
  const text = response.headers.get('content-length');
  return text === null || response.headers.get('content-encoding') !== null ? null : Number(text);
}
