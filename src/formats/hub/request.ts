/** Requests to a hub: which failures are worth another attempt, and how long to wait before it. */
import { PlaygroundError } from '../../vit/errors.js';
import { requireAddress } from '../../protocol/hub/references.js';

export interface RequestSettings {
  readonly signal?: AbortSignal;
  /** For private repositories; sent to the hub only, never to where it redirects. */
  readonly token?: string;
  /** Where repositories are looked up. */
  readonly hub: string;
  /** Number of attempts after a lost or silent connection or a busy server. The count restarts whenever bytes have arrived. */
  readonly retries: number;
  /** Wait before the first retry, in milliseconds; doubled each time. */
  readonly retryMilliseconds: number;
  /** Where a server asks to be left alone for longer than this, the download is given up. */
  readonly longestWaitMilliseconds: number;
  /** A connection that sends nothing for this long is taken to be lost. */
  readonly silenceMilliseconds: number;
  /** Called before waiting for a server that asks for it. */
  readonly onWaiting?: (name: string, sentence: string) => void;
}

export function network(message: string, subject: string, cause?: unknown): PlaygroundError {
  return new PlaygroundError('network', message, { subject, ...(cause === undefined ? {} : { cause }) });
}

/** A failure that another attempt may avoid. */
export class Interrupted extends Error {
  /** How long the server asks to be left alone; null where it does not say. */
  readonly asksMilliseconds: number | null;

  constructor(message: string, asksMilliseconds: number | null = null) {
    super(message);
    this.asksMilliseconds = asksMilliseconds;
  }
}

/** What is asked of a server, and what is made of its answer. */
interface Ask<T> {
  readonly url: URL;
  /** What messages call it. */
  readonly name: string;
  readonly settings: RequestSettings;
  readonly headers?: Readonly<Record<string, string>>;
  /** `alive` is to be called whenever something arrived. */
  readonly use: (response: Response, alive: () => void) => Promise<T>;
}

/** {@link request} with retries, for what is too small to be resumed. */
export async function attempt<T>(ask: Ask<T>): Promise<T> {
  const { url, name, settings } = ask;
  for (let failures = 0; ; failures++) {
    try {
      return await request(ask);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      if (failures >= settings.retries) throw network(`${name}: ${url.host} cannot be reached (${error.message})`, name, error);
      await pauseAfter(error, failures, name, settings);
    }
  }
}

/** One request, which is given up when nothing has arrived for too long. */
export async function request<T>({ url, name, settings, headers = {}, use }: Ask<T>): Promise<T> {
  const { signal, token, silenceMilliseconds } = settings;
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let timer = setTimeout(abort, silenceMilliseconds);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(abort, silenceMilliseconds);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    if (signal?.aborted) abort();
    const authorised = token !== undefined && url.origin === requireAddress(settings.hub).origin;
    const response = await fetch(url, {
      headers: { ...headers, ...(authorised ? { Authorization: `Bearer ${token}` } : {}) },
      signal: controller.signal,
      redirect: 'follow',
      // The browser's own cache would keep a second copy, and would answer in the server's place for the missing part.
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
    alive();
    if (!response.ok && response.status !== 416) {
      await response.body?.cancel().catch(() => undefined);
      throw refusal(response, url, name, authorised);
    }
    return await use(response, alive);
  } catch (error) {
    if (signal?.aborted)
      throw new PlaygroundError('cancelled', `${name}: the download was stopped; what arrived is kept`, { subject: name });
    if (error instanceof PlaygroundError || error instanceof Interrupted) throw error;
    throw new Interrupted(controller.signal.aborted ? `nothing came for ${silenceMilliseconds / 1000} s` : reasonOf(error));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function refusal({ status, headers }: Response, url: URL, name: string, authorised: boolean): Error {
  if (status === 401 || status === 403) {
    const why = authorised
      ? `refuses the access token (${status}); it may be wrong or expired, or whoever it belongs to has no access to this model`
      : `wants to know who asks (${status}); the model is private or gated, or does not exist`;
    return network(`${name}: ${url.host} ${why}`, name);
  }
  if (status === 404 || status === 410) return network(`${name}: ${url.host} has no such file or model (${status})`, name);
  if (status === 408 || status === 429 || status >= 500) return new Interrupted(`${url.host} answered ${status}`, asked(headers));
  return network(`${name}: ${url.host} answered ${status}`, name);
}

/** `Retry-After` in seconds or as a date, or the seconds until a limit is lifted (`RateLimit: "api";r=0;t=55`). */
function asked(headers: Headers): number | null {
  const after = headers.get('retry-after')?.trim();
  const seconds = /^\d+$/.exec(after ?? '')?.[0] ?? /;\s*r=0;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  if (seconds !== undefined) return Number(seconds) * 1000;
  const date = Date.parse(after ?? '');
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

const inWords = (milliseconds: number): string => {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
};

/**
 * Waits as long as the server asks, or longer with each failed attempt. Rejects with `network` where the server asks for too long; ends
 * early where the signal aborts.
 */
export async function pauseAfter(
  { message, asksMilliseconds }: Interrupted,
  failures: number,
  name: string,
  settings: RequestSettings,
): Promise<void> {
  const asks = asksMilliseconds ?? 0;
  if (asks > settings.longestWaitMilliseconds) {
    throw network(`${name}: ${message} and asks to be left alone for ${inWords(asks)}: ask again then`, name);
  }
  if (asks > 0) settings.onWaiting?.(name, `${message} and asks to wait ${inWords(asks)}`);
  await pause(Math.max(asks, settings.retryMilliseconds * 2 ** failures), settings.signal);
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done, { once: true });
  });
}
