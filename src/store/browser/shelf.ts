import type { Services } from '../state.js';

const DATABASE = 'pyra-playground-pictures';
const STORE = 'pictures';

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser did not say why'));
  });

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

/**
 * Pictures that are sorted by hand, in their original bytes, in the browser's database. The page itself opens it, so that no worker
 * blocks it.
 */
export function browserShelf(): Services['shelf'] {
  let opened: Promise<IDBDatabase> | null = null;
  const store = async (mode: IDBTransactionMode): Promise<IDBObjectStore> => {
    opened ??= open();
    return (await opened).transaction(STORE, mode).objectStore(STORE);
  };
  return {
    put: async (id, picture) => {
      await settled((await store('readwrite')).put(picture, id));
    },
    get: async (id) => {
      const found: unknown = await settled((await store('readonly')).get(id));
      return found instanceof Blob ? found : null;
    },
    keepOnly: async (ids) => {
      const kept = new Set(ids);
      const pictures = await store('readwrite');
      const all = await settled(pictures.getAllKeys());
      await Promise.all(
        all.filter((key) => typeof key !== 'string' || !kept.has(key)).map((key) => settled(pictures.delete(key))),
      );
    },
  };
}
