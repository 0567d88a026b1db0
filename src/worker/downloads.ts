/**
 * The worker that downloads, and does nothing else. The service worker (public/sw.js) serves this script with a policy that allows the
 * one host named in its address (of the hub: also the stores that it redirects to). The page and the worker that trains may reach no
 * host.
 */
import '../protocol/without-eval.js';
import { expose } from 'comlink';
import { folderDownloadCache, storedName } from '../formats/hub/folder-cache.js';
import { fetchFromHub, listingAddress } from '../formats/hub/hub.js';
import type { DownloadProgress, DownloadRequest, DownloadsApi, FetchedModel } from '../protocol/hub/downloads.js';
import { PlaygroundError } from '../vit/errors.js';
import { readTypedReference, type Reference } from '../protocol/hub/references.js';
import { answer } from './answers.js';
import { openModelFolder } from './kept/kept-models.js';

/** The shortest time between two progress events, in milliseconds. */
const PROGRESS_MILLISECONDS = 100;

/** Seven seconds in all: without a network the error comes while the person still waits. */
const RETRIES = 3;

const controller = new AbortController();
let blocked = false;
self.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
  // The policy blocked a redirect, so that asking again would not help. Other directives are violated by harmless probes for `eval`.
  if (effectiveDirective !== 'connect-src') return;
  blocked = true;
  controller.abort();
});

function throttled(tell: (progress: DownloadProgress) => void): (progress: DownloadProgress) => void {
  let last = 0;
  let waiting: DownloadProgress | null = null;
  const flush = (): void => {
    if (waiting) tell(waiting);
    waiting = null;
    last = performance.now();
  };
  return (progress) => {
    const timed = waiting !== null;
    waiting = progress;
    if (timed) return;
    const wait = last + PROGRESS_MILLISECONDS - performance.now();
    if (wait <= 0) flush();
    else setTimeout(flush, wait);
  };
}

async function download(
  { reference: text, token }: DownloadRequest,
  tell: (progress: DownloadProgress) => void,
): Promise<FetchedModel> {
  const { reference, origin } = readTypedReference(text);
  const folder = await openModelFolder();
  if (!folder) {
    throw new PlaygroundError(
      'file.unreadable',
      'this browser keeps no files for the page (a private window, perhaps), so there is no place for a download; save the file yourself and drop it here',
    );
  }
  const cache = folderDownloadCache(folder);
  try {
    const sources = await fetchFromHub(text, {
      cache,
      hub: reference.kind === 'repository' ? reference.hub : origin,
      onProgress: throttled(tell),
      signal: controller.signal,
      retries: RETRIES,
      ...(token === null ? {} : { token }),
    });
    const files = await Promise.all(
      sources.map(async ({ name, address, size }) => ({ name, stored: await storedName(address), bytes: size })),
    );
    return { name: reference.name, files };
  } catch (thrown) {
    if (!blocked) throw thrown;
    throw new PlaygroundError(
      'network',
      `${text}: ${origin} sends its downloads on to another host, which this page does not let itself reach; give the address of the file there`,
      { subject: text, cause: thrown },
    );
  } finally {
    await forgetListing(reference, (name) => folder.remove(name));
  }
}

/** Deletes a repository's list of files, which is needed no more: the records of what is kept name the files. */
async function forgetListing(reference: Reference, remove: (name: string) => Promise<void>): Promise<void> {
  if (reference.kind !== 'repository') return;
  const stored = await storedName(listingAddress(reference).href);
  await remove(stored);
  await remove(stored.replace(/\.part$/, '.json'));
}

const api: DownloadsApi = {
  fetch: (request, onProgress) => answer(() => download(request, onProgress)),
  cancel: async () => controller.abort(),
};
expose(api);
