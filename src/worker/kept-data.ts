import { openKept } from '../data/kept.js';
import type { PackedStore } from '../data/packed-store.js';
import type { OpenedDataset } from '../data/types.js';
import { PlaygroundError } from '../protocol/errors.js';
import { keptFingerprints, openPixelStore } from './pixel-store.js';
import { Turn } from './turn.js';

export interface KeptDataset {
  readonly data: OpenedDataset;
  readonly store: PackedStore | null;
}

/**
 * The data sets that this browser keeps. The store of one that was in use stays open, since a run may read from it while
 * another is looked at; it can be open once only, over all tabs.
 */
export class KeptData {
  readonly #open = new Map<string, PackedStore>();
  /** One opens and closes what another looks at. */
  readonly #turn = new Turn();
  /** Those of this visit, whose files are still there. */
  readonly #given = new Map<string, KeptDataset>();

  /** Null where another tab has it, or the browser keeps no files. */
  open(fingerprint: string): Promise<PackedStore | null> {
    return this.#turn.take(() => this.#openNow(fingerprint));
  }

  async #openNow(fingerprint: string): Promise<PackedStore | null> {
    const known = this.#open.get(fingerprint);
    if (known) return known;
    const store = await openPixelStore(fingerprint);
    if (store) this.#open.set(fingerprint, store);
    return store;
  }

  /** @param data as it was given, before any edit. */
  remember(data: OpenedDataset, store: PackedStore | null): void {
    this.#given.set(data.dataset.name, { data, store });
  }

  async names(): Promise<string[]> {
    const names = new Set(this.#given.keys());
    await this.#look(({ data }) => {
      names.add(data.dataset.name);
      return false;
    });
    return [...names];
  }

  /** Rejects with `data.empty` where none of that name is kept. */
  async require(name: string): Promise<KeptDataset> {
    const found = this.#given.get(name) ?? (await this.#look(({ data }) => data.dataset.name === name));
    if (found) return found;
    throw new PlaygroundError('data.empty', `data: no data set '${name}' is kept in this browser; drop it again`, {
      subject: 'data',
    });
  }

  /** The first that is wanted; the stores of the others are closed again. */
  #look(isWanted: (kept: KeptDataset) => boolean): Promise<KeptDataset | null> {
    return this.#turn.take(() => this.#lookNow(isWanted));
  }

  async #lookNow(isWanted: (kept: KeptDataset) => boolean): Promise<KeptDataset | null> {
    // A browser that keeps no files has none.
    for (const fingerprint of await keptFingerprints().catch(() => [])) {
      const wasOpen = this.#open.has(fingerprint);
      const store = await this.#openNow(fingerprint);
      const data = store && (await openKept(store).catch(() => null));
      if (data && isWanted({ data, store })) return { data, store };
      if (wasOpen) continue;
      this.#open.delete(fingerprint);
      store?.close();
    }
    return null;
  }
}
