import { openKept } from '../../data/kept/kept.js';
import type { PackedStore } from '../../data/kept/packed-store.js';
import type { OpenedDataset } from '../../data/types.js';
import type { KeptDatasets } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import { deletePixelStore, keptDatasets, openPixelStore } from './pixel-store.js';
import { Turn } from '../../protocol/turn.js';

export interface AvailableDataset {
  readonly data: OpenedDataset;
  readonly store: PackedStore | null;
  /** The side of its kept pictures in pixels, if the files themselves are not open. */
  readonly keptSide: number | null;
}

/**
 * The data sets that this browser keeps. The store of one that was in use stays open, since a run may still read from it while another
 * is looked at; over all tabs a store can be open only once.
 */
export class KeptData {
  readonly #open = new Map<string, PackedStore>();
  /** What opens and closes stores takes turns with what lists and deletes them. */
  readonly #turn = new Turn();
  /** The data sets that were given on this visit, by name; their files are still open. */
  readonly #given = new Map<string, AvailableDataset>();

  /** Null where another tab has it open, or the browser keeps no files. */
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

  /** @param available the data set as it was given, before any edit. */
  remember(available: AvailableDataset): void {
    this.#given.set(available.data.dataset.name, available);
  }

  list(): Promise<KeptDatasets> {
    return this.#turn.take(async () => {
      const { usage, quota } = await navigator.storage.estimate().catch((): StorageEstimate => ({}));
      const storage = usage === undefined || quota === undefined ? null : { used: usage, most: quota };
      return { sets: await keptDatasets(), storage };
    });
  }

  /** Deletes a data set that no run here uses. Rejects with `usage` where another tab has it open. */
  delete(fingerprint: string): Promise<void> {
    return this.#turn.take(async () => {
      this.#open.get(fingerprint)?.close();
      this.#open.delete(fingerprint);
      for (const [name, { data }] of this.#given) if (data.dataset.fingerprint === fingerprint) this.#given.delete(name);
      await deletePixelStore(fingerprint);
    });
  }

  /**
   * Of several data sets of the same name, the one used last. Rejects with `data.empty` where there is none, with `usage` where another tab
   * has it open.
   */
  async require(name: string): Promise<AvailableDataset> {
    return this.#given.get(name) ?? this.#turn.take(() => this.#requireKept(name));
  }

  async #requireKept(name: string): Promise<AvailableDataset> {
    const kept = (await keptDatasets()).find((set) => set.name === name);
    if (!kept) {
      throw new PlaygroundError('data.empty', `data: no data set '${name}' is kept in this browser; drop it again`, {
        subject: 'data',
      });
    }
    const store = await this.#openNow(kept.id);
    if (!store) {
      throw new PlaygroundError('usage', `data: '${name}' is open in another tab; close that one, or drop the data set here`, {
        subject: 'data',
      });
    }
    const data = await openKept(store);
    if (data) return { data, store, keptSide: kept.side };
    throw new PlaygroundError('data.empty', `data: the kept copy of '${name}' cannot be read; drop the data set again`, {
      subject: 'data',
    });
  }
}
