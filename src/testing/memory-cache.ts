import { PlaygroundError } from '../protocol/errors.js';
import type { DownloadCache } from '../formats/hub.js';
import { byteSourceFromBlob } from '../formats/sources.js';

interface Entry {
  chunks: Uint8Array<ArrayBuffer>[];
  received: number;
  total: number | null;
  validator: string | null;
  complete: boolean;
}

/** Downloads kept in memory. */
export function memoryDownloadCache(): DownloadCache {
  const entries = new Map<string, Entry>();
  const entry = (address: string): Entry => {
    const found = entries.get(address);
    if (!found) throw new PlaygroundError('internal', `${address}: no download was begun`);
    return found;
  };
  return {
    async find(address) {
      const found = entries.get(address);
      return found
        ? { received: found.received, total: found.total, validator: found.validator, complete: found.complete }
        : null;
    },
    async begin(address, { total, validator }) {
      entries.set(address, { chunks: [], received: 0, total, validator, complete: false });
    },
    async append(address, bytes) {
      const { chunks } = entry(address);
      chunks.push(bytes);
      entry(address).received += bytes.length;
    },
    async settle(address, complete) {
      entry(address).complete = complete;
    },
    async open(address, name) {
      return byteSourceFromBlob(name, new Blob(entry(address).chunks));
    },
  };
}
