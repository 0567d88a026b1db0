import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskDownloadCache } from '../../headless/inputs/download-cache.js';
import { fixtureBytes, model } from '../fixtures/model.js';
import { folderDownloadCache } from './folder-cache.js';
import { fetchFromHub } from './hub.js';
import type { DownloadCache, HubOptions, HubProgress } from './hub.js';
import { LocalHub } from '../../testing/local-hub.js';
import { memoryFolder } from '../../testing/memory-folder.js';
import { writeSafetensors } from '../../containers/safetensors/safetensors.js';
import { loadWeights } from '../backbones/weights.js';

const weights = writeSafetensors(model(), { format: 'pt', num_heads: '2' });
const config = new TextEncoder().encode(JSON.stringify({ architecture: 'vit', num_classes: 3 }));

let hub: LocalHub;
let cache: DownloadCache;
let options: HubOptions;

beforeEach(async () => {
  hub = new LocalHub({ 'model.safetensors': weights, 'config.json': config, 'README.md': new Uint8Array(3) });
  await hub.start();
  cache = folderDownloadCache(memoryFolder());
  options = { cache, hub: hub.origin, retries: 3, retryMilliseconds: 1, silenceMilliseconds: 2000 };
});
afterEach(() => hub.stop());

const fileAddress = (name: string): string => `${hub.origin}/cdn/${name}`;
const bytesOf = async (reference: string, more: Partial<HubOptions> = {}): Promise<Uint8Array> => {
  const [source] = await fetchFromHub(reference, { ...options, ...more });
  if (!source) throw new Error('nothing came');
  return source.read(0, source.size);
};
const rangesAsked = (): (string | undefined)[] =>
  hub.asked.filter(({ path }) => path.startsWith('/cdn/')).map(({ range }) => range);

describe('diskDownloadCache', () => {
  it('says which file cannot be written, and asks no server again for that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'downloads-'));
    try {
      await writeFile(join(folder, 'file'), '');
      await expect(
        bytesOf(fileAddress('model.safetensors'), { cache: diskDownloadCache(join(folder, 'file', 'models')) }),
      ).rejects.toMatchObject({ code: 'file.unwritable', message: expect.stringContaining(join(folder, 'file', 'models')) });
      expect(rangesAsked()).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('continues after a restart from the bytes on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'downloads-'));
    try {
      hub.cuts = 1;
      hub.cutAfter = 800;
      const address = fileAddress('model.safetensors');
      await expect(bytesOf(address, { retries: 0, cache: diskDownloadCache(folder) })).rejects.toMatchObject({ code: 'network' });
      expect(await bytesOf(address, { cache: diskDownloadCache(folder) })).toEqual(weights);
      expect(rangesAsked()).toEqual(['bytes=0-', 'bytes=800-']);
      expect(await bytesOf(address, { cache: diskDownloadCache(folder) })).toEqual(weights);
      expect(rangesAsked()).toHaveLength(2);
      expect((await readdir(folder)).map((name) => name.replace(/^[0-9a-f]{32}/, 'KEY')).sort()).toEqual([
        'KEY.json',
        'KEY.part',
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('fetchFromHub', () => {
  it('fetches a repository’s weights and configuration through redirects, with progress', async () => {
    const progress: HubProgress[] = [];
    const sources = await fetchFromHub('owner/name', { ...options, onProgress: (now) => progress.push(now) });
    expect(sources.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors']);
    expect((await loadWeights(sources)).architecture).toMatchObject({ heads: 2 });
    expect(progress.at(-1)).toEqual({ file: 'model.safetensors', received: weights.length, total: weights.length });
    expect(progress.filter(({ file }) => file === 'model.safetensors').length).toBeGreaterThan(1);
  });

  it('takes the address of a page, of a file, and of the page that shows a file', async () => {
    expect((await fetchFromHub(`${hub.origin}/owner/name/tree/main`, options)).length).toBe(2);
    expect(await bytesOf(fileAddress('model.safetensors'))).toEqual(weights);
    expect(await bytesOf(`${hub.origin}/owner/name/blob/main/model.safetensors`)).toEqual(weights);
  });

  it('fetches nothing twice', async () => {
    await fetchFromHub('owner/name', options);
    const before = hub.asked.length;
    await fetchFromHub('owner/name', options);
    expect(hub.asked.slice(before).map(({ path }) => path)).toEqual(['/api/models/owner/name/revision/main']);
  });

  it('opens what it has without a network, and says so; what it has not, it cannot', async () => {
    await fetchFromHub('owner/name', options);
    await hub.stop();
    const told: string[] = [];
    const sources = await fetchFromHub('owner/name', { ...options, retryMilliseconds: 10_000, onOffline: (s) => told.push(s) });
    expect((await loadWeights(sources)).architecture).toMatchObject({ heads: 2 });
    expect(told).toEqual([
      expect.stringMatching(/^owner\/name: 127\S+ cannot be reached .*; the files that were fetched before/),
    ]);
    expect(await bytesOf(`${hub.origin}/owner/name/resolve/main/model.safetensors`)).toEqual(weights);
    await expect(fetchFromHub('owner/other', options)).rejects.toMatchObject({ code: 'network' });
    await hub.start(Number(new URL(hub.origin).port));
    // A hub that is there and refuses is believed.
    hub.files.clear();
    await expect(fetchFromHub('owner/name', options)).rejects.toMatchObject({ code: 'file.unsupported' });
  });

  it('fetches shards with their index', async () => {
    const entries = [...model()];
    hub.files.clear();
    hub.files.set('a.safetensors', writeSafetensors(new Map(entries.slice(0, 9)), {}));
    hub.files.set('b.safetensors', writeSafetensors(new Map(entries.slice(9)), {}));
    const map = Object.fromEntries(entries.map(([name], i) => [name, i < 9 ? 'a.safetensors' : 'b.safetensors']));
    hub.files.set('model.safetensors.index.json', new TextEncoder().encode(JSON.stringify({ weight_map: map })));
    // The index must win over a lone shard, which is a weights file too.
    const sources = await fetchFromHub('owner/name', options);
    expect((await loadWeights(sources, { heads: 2 })).reader.names()).toHaveLength(entries.length);
  });

  it('fetches an adapter with its configuration and the other files of its folder', async () => {
    const names = ['README.md', 'adapter_config.json', 'adapter_model.safetensors', 'pyra.safetensors'];
    hub.files.clear();
    for (const name of names) hub.files.set(name, new Uint8Array(5));
    const sources = await fetchFromHub('owner/name', options);
    expect(sources.map(({ name }) => name)).toEqual(names.slice(1));
  });

  it('goes on where a connection was cut in the middle', async () => {
    hub.cuts = 2;
    hub.cutAfter = 1000;
    expect(await bytesOf(fileAddress('model.safetensors'))).toEqual(weights);
    expect(rangesAsked()).toEqual(['bytes=0-', 'bytes=1000-', 'bytes=2000-']);
  });

  it('goes on in a later visit, after it gave up', async () => {
    hub.cuts = Infinity;
    hub.cutAfter = 700;
    await expect(bytesOf(fileAddress('model.safetensors'), { retries: 0 })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/cut after 700 bytes.*go on from there/),
    });
    hub.cuts = 0;
    expect(await bytesOf(fileAddress('model.safetensors'))).toEqual(weights);
    expect(rangesAsked()).toEqual(['bytes=0-', 'bytes=700-']);
  });

  it('starts again if the server supports no ranges, or the file has changed', async () => {
    hub.cuts = 1;
    hub.cutAfter = 900;
    hub.ranges = false;
    expect(await bytesOf(fileAddress('model.safetensors'))).toEqual(weights);
    hub.ranges = true;
    hub.cuts = 1;
    const address = `${hub.origin}/cdn/config.json`;
    hub.cutAfter = 10;
    await expect(bytesOf(address, { retries: 0 })).rejects.toMatchObject({ code: 'network' });
    const changed = new TextEncoder().encode(JSON.stringify({ architecture: 'other', num_classes: 4 }));
    hub.files.set('config.json', changed);
    hub.etag = '"two"';
    expect(await bytesOf(address)).toEqual(changed);
  });

  it('follows redirects to the host of the files for each range, and sends it no token', async () => {
    const files = new LocalHub({ 'model.safetensors': weights, 'config.json': config });
    await files.start();
    try {
      hub.fileHost = files;
      files.cuts = 1;
      files.cutAfter = 1000;
      const sources = await fetchFromHub('owner/private', { ...options, token: 'secret' });
      expect((await loadWeights(sources)).architecture).toMatchObject({ heads: 2 });
      expect(files.asked.map(({ path, range, authorization }) => [path.replace(/=\d+$/, ''), range, authorization])).toEqual([
        ['/cdn/config.json?X-Signature', 'bytes=0-', undefined],
        ['/cdn/model.safetensors?X-Signature', 'bytes=0-', undefined],
        ['/cdn/model.safetensors?X-Signature', 'bytes=1000-', undefined],
      ]);
      expect(new Set(files.asked.map(({ path }) => path)).size).toBe(3);
      expect(hub.asked.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
    } finally {
      await files.stop();
    }
  });

  it('never joins two versions: a file that changes during the download is fetched again', async () => {
    const other = weights.map((byte, i) => (i < 2000 ? byte : byte ^ 1));
    hub.cuts = 1;
    hub.cutAfter = 1000;
    hub.onCut = () => {
      hub.etag = '"two"';
      hub.files.set('model.safetensors', other);
    };
    expect(await bytesOf(fileAddress('model.safetensors'))).toEqual(other);
    expect(rangesAsked()).toEqual(['bytes=0-', 'bytes=1000-', 'bytes=0-']);
  });

  it('does not take the answer “no such range” in the middle for the end', async () => {
    hub.cuts = 1;
    hub.cutAfter = 1000;
    const address = fileAddress('model.safetensors');
    await expect(bytesOf(address, { retries: 0 })).rejects.toMatchObject({ code: 'network' });
    hub.busy = { status: 416, times: 1 };
    expect(await bytesOf(address)).toEqual(weights);
  });

  it('takes a complete file for complete where only the last word was lost', async () => {
    const address = fileAddress('model.safetensors');
    await cache.begin(address, { total: weights.length, validator: '"one"' });
    await cache.append(address, weights);
    expect(await bytesOf(address)).toEqual(weights);
  });

  it('does not take the answer “no such range” for an empty file, but asks for the whole file', async () => {
    hub.busy = { status: 416, times: 1 };
    expect(await bytesOf(fileAddress('model.safetensors'))).toEqual(weights);
    expect(rangesAsked()).toEqual(['bytes=0-', undefined]);
    hub.busy = { status: 416, times: 2 };
    await expect(bytesOf(fileAddress('config.json'))).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/^config\.json: 127\.0\.0\.1:\d+ answered 416 .* where the whole file was asked for$/),
    });
    // Nothing of that is kept for a file.
    expect(await bytesOf(fileAddress('config.json'))).toEqual(config);
  });

  it('asks again for what was kept without a byte', async () => {
    const address = fileAddress('model.safetensors');
    await cache.begin(address, { total: 0, validator: null });
    await cache.settle(address, true);
    expect(await bytesOf(address)).toEqual(weights);
  });

  it('waits for a busy server, and not for ever', async () => {
    hub.busy = { status: 503, times: 2 };
    expect(await bytesOf(fileAddress('model.safetensors'))).toEqual(weights);
    hub.busy = { status: 429, times: 100 };
    await expect(bytesOf(fileAddress('config.json'))).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('429'),
    });
  });

  it('waits as long as a busy server asks, and says so', async () => {
    for (const headers of [{ 'retry-after': '1' }, { ratelimit: '"resolvers";r=0;t=1' }]) {
      hub.busy = { status: 429, times: 1, headers };
      cache = folderDownloadCache(memoryFolder());
      const told: string[] = [];
      const onProgress = ({ waiting }: HubProgress): unknown => waiting !== undefined && told.push(waiting);
      const begun = performance.now();
      expect(await bytesOf(fileAddress('model.safetensors'), { cache, onProgress })).toEqual(weights);
      expect(performance.now() - begun).toBeGreaterThan(990);
      expect(told).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+ answered 429 and asks to wait 1 s$/)]);
    }
    // A date that is past already.
    hub.busy = { status: 503, times: 1, headers: { 'retry-after': new Date(0).toUTCString() } };
    expect(await bytesOf(fileAddress('config.json'))).toEqual(config);
  });

  it('can be stopped while it waits, and waits for no hour', async () => {
    hub.busy = { status: 429, times: 1, headers: { 'retry-after': '60' } };
    const controller = new AbortController();
    const onProgress = ({ waiting }: HubProgress): void => (waiting === undefined ? undefined : controller.abort());
    await expect(bytesOf(fileAddress('model.safetensors'), { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
    hub.busy = { status: 429, times: 1, headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() } };
    await expect(bytesOf(fileAddress('config.json'))).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/answered 429 and asks to be left alone for (59|60) minutes: ask again then$/),
    });
  });

  it('gives up on a silent connection and goes on from it', async () => {
    hub.silent = 1;
    expect(await bytesOf(fileAddress('model.safetensors'), { silenceMilliseconds: 200 })).toEqual(weights);
    expect(rangesAsked()).toEqual(['bytes=0-', 'bytes=10-']);
  });

  it('says what 401, 404, a loop and a closed port are', async () => {
    await expect(fetchFromHub('owner/private', options)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/401.*private or gated/),
    });
    await expect(fetchFromHub('nobody/name', options)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('404'),
    });
    await expect(bytesOf(fileAddress('none.safetensors'))).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('404'),
    });
    await expect(bytesOf(`${hub.origin}/loop`)).rejects.toMatchObject({ code: 'network' });
    await expect(fetchFromHub('owner/name', { ...options, hub: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('cannot be reached'),
    });
  });

  it('sends the token to the hub', async () => {
    await fetchFromHub('owner/private', { ...options, token: 'secret' });
    expect(hub.asked[0]?.authorization).toBe('Bearer secret');
    await fetchFromHub(`http://localhost:${new URL(hub.origin).port}/cdn/model.safetensors`, { ...options, token: 'secret' });
    expect(hub.asked.at(-1)?.authorization).toBeUndefined();
  });

  it('says that a token was refused', async () => {
    await expect(fetchFromHub('owner/private', { ...options, token: 'wrong' })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/^owner\/private: .* refuses the access token \(401\); it may be wrong or expired/),
    });
  });

  it('stops when asked, and keeps what arrived', async () => {
    hub.silent = 1;
    const controller = new AbortController();
    const onProgress = ({ received }: HubProgress): void => (received > 0 ? controller.abort() : undefined);
    await expect(bytesOf(fileAddress('model.safetensors'), { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await cache.find(fileAddress('model.safetensors')))?.received).toBe(10);
  });

  it('refuses what is no reference, a file that is too large, and a repository without weights', async () => {
    for (const reference of ['', 'name', '../etc', 'file:///etc/passwd', 'http://example.com/x', 'https://a:b@example.com/x']) {
      await expect(fetchFromHub(reference, options), reference).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(bytesOf(fileAddress('model.safetensors'), { maximumBytes: 100 })).rejects.toMatchObject({ code: 'network' });
    hub.files.delete('model.safetensors');
    hub.files.set('../evil.safetensors', fixtureBytes('augreg.npz'));
    await expect(fetchFromHub('owner/name', options)).rejects.toMatchObject({ code: 'file.unsupported' });
  });
});
