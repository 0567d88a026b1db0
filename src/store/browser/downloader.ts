import { proxy, wrap } from 'comlink';
import type { DownloadProgress, DownloadRequest, DownloadsApi, FetchedModel } from '../../protocol/hub/downloads.js';
import type { ErrorRecord } from '../../vit/errors.js';
import type { Answer } from '../../protocol/answer.js';

/** Downloads a model from another host into the origin's private storage. */
export interface Downloader {
  /**
   * @param origin the host that is asked.
   * @param signal ends the download, which rejects with `cancelled`; what has arrived is kept.
   */
  fetch(
    request: DownloadRequest,
    origin: string,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<Answer<FetchedModel>>;
}

/** How long to wait for the service worker: on a first visit it takes control only after it has stored the page's files. */
const CONTROL_MILLISECONDS = 20_000;

const refused = (message: string): { ok: false; error: ErrorRecord } => ({ ok: false, error: { code: 'network', message } });

/** Whether a service worker controls this page, or does so within that time. */
async function isControlled(container: ServiceWorkerContainer): Promise<boolean> {
  if (container.controller) return true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(container.controller !== null), CONTROL_MILLISECONDS);
    container.addEventListener(
      'controllerchange',
      () => {
        clearTimeout(timer);
        resolve(true);
      },
      { once: true },
    );
  });
}

/** Why a download could not be confined to its host, as a sentence; null where it is confined. */
async function obstacle(script: URL, origin: string, register: () => Promise<void>): Promise<string | null> {
  const instead = 'save the file with the browser and drop it here instead';
  try {
    await register();
  } catch {
    return `This window has no service worker of the page, which is what keeps a download to the host that was named: ${instead}.`;
  }
  const reload =
    'The service worker, which keeps a download to the host that was named, does not answer for this page: reload it and try again';
  if (!(await isControlled(navigator.serviceWorker))) return `${reload}, or ${instead}.`;
  // A service worker of an older version would answer the script without a policy.
  const answer = await fetch(script);
  const policy = answer.headers.get('content-security-policy') ?? '';
  if (!answer.ok) return `'${origin}' is no host that a download can be kept to: ${instead}.`;
  return policy.startsWith("default-src 'none'") && policy.includes(` ${origin}`) ? null : `${reload}, or ${instead}.`;
}

/**
 * @param script address of the built worker (src/worker/downloads.ts).
 * @param register registers the page's service worker; rejects where there is none.
 */
export function createDownloader(script: string, register: () => Promise<void>): Downloader {
  return {
    async fetch(request, origin, onProgress, signal) {
      const address = new URL(script, document.baseURI);
      address.searchParams.set('connect', origin);
      const why = await obstacle(address, origin, register).catch(
        (error: unknown) => `The page's own server does not answer (${String(error)}).`,
      );
      if (why !== null) return refused(why);
      const worker = new Worker(address, { type: 'module' });
      const remote = wrap<DownloadsApi>(worker);
      const cancel = (): void => void remote.cancel();
      const crashed = new Promise<Answer<FetchedModel>>((resolve) => {
        worker.addEventListener('error', ({ message }) =>
          resolve(refused(`The download stopped (${message || 'no reason given'}): fetch again to go on from what arrived.`)),
        );
      });
      try {
        const fetching = remote.fetch(request, proxy(onProgress));
        if (signal.aborted) cancel();
        signal.addEventListener('abort', cancel);
        return await Promise.race([fetching, crashed]);
      } finally {
        signal.removeEventListener('abort', cancel);
        worker.terminate();
      }
    },
  };
}
