import type { Downloader } from '../../store/browser/downloader.js';
import { createPlayground } from '../../store/playground.js';
import type { PlaygroundStore, Services } from '../../store/state.js';
import { FakeApi } from './fake-api.js';

/** A store with a fake worker and fakes of what surrounds it. */
export interface Bench {
  readonly api: FakeApi;
  readonly store: PlaygroundStore;
  readonly kept: Map<string, string>;
  hash: string;
  /** The notifications that the system was asked to show. */
  readonly shown: string[];
  /** Runs delayed work, as if its time had come. */
  elapse(): void;
}

/** A hub that has every model and wants no token. */
const openHub: Downloader = {
  fetch: async ({ reference }) => ({ ok: true, value: { name: reference, files: [] } }),
};

const shelfOf = (pictures: Map<string, Blob>): Services['shelf'] => ({
  put: async (id, picture) => void pictures.set(id, picture),
  get: async (id) => pictures.get(id) ?? null,
  keepOnly: async (ids) => {
    for (const id of pictures.keys()) if (!ids.includes(id)) pictures.delete(id);
  },
});

export function bench({
  hash = '',
  kept = new Map<string, string>(),
  api = new FakeApi(),
  downloader = openHub,
  allowed = true,
  shelved = new Map<string, Blob>(),
} = {}): Bench {
  const put: (() => void)[] = [];
  const result = {
    api,
    kept,
    hash,
    shown: [] as string[],
    elapse: () => {
      for (const callback of put.splice(0)) callback();
    },
  };
  const store = createPlayground({
    api,
    downloader,
    schedule: (callback) => callback(),
    storage: { get: (key) => kept.get(key) ?? null, set: (key, value) => kept.set(key, value) },
    address: { read: () => result.hash, write: (value) => (result.hash = value) },
    shelf: shelfOf(shelved),
    notices: { ask: async () => allowed, show: (title, text) => result.shown.push(`${title}: ${text}`) },
    delay: (callback) => {
      put.push(callback);
      return () => {
        const index = put.indexOf(callback);
        if (index >= 0) put.splice(index, 1);
      };
    },
  });
  return Object.assign(result, { store });
}

/** Waits until all resolved promises have been handled. */
export const settle = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
