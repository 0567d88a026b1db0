import type { Downloader } from '../../store/browser/downloader.js';
import { createPlayground } from '../../store/playground.js';
import type { PlaygroundStore, Services } from '../../store/state.js';
import { FakeApi } from './fake-api.js';

/** A store on a worker that is none, and what surrounds it. */
export interface Bench {
  readonly api: FakeApi;
  readonly store: PlaygroundStore;
  readonly kept: Map<string, string>;
  hash: string;
  /** What the system was asked to show. */
  readonly shown: string[];
  /** Runs what was put off, as if its time had come. */
  elapse(): void;
}

/** A hub that has everything and asks for nothing. */
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

/** Lets everything that only waits for promises come to rest. */
export const settle = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
