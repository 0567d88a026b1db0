import type { DownloadProgress } from '../../protocol/hub/downloads.js';
import { toErrorRecord } from '../../vit/errors.js';
import { readTypedReference } from '../../protocol/hub/references.js';
import type { Slice } from '../state.js';
import type { DownloadsSlice } from '../state/downloads.js';

const KEY = 'pyra-playground/reference';

/** The host that a reference asks, and the name that the model will have; null where it is no reference. */
export function readableReference(text: string): { readonly origin: string; readonly name: string } | null {
  try {
    const { reference, origin } = readTypedReference(text);
    return { origin, name: reference.name };
  } catch {
    return null;
  }
}

export const createDownloadsSlice: Slice<DownloadsSlice> =
  ({ api, downloader, storage }) =>
  (set, get) => {
    let controller: AbortController | null = null;
    return {
      reference: storage.get(KEY) ?? '',
      download: null,
      typeReference: (reference) => {
        set({ reference });
        storage.set(KEY, reference);
        get().dismiss('hub');
      },
      offerToFetch: (model) => {
        if (/^[^/:]+\/[^/:]+$/.test(model) && readableReference(model)) get().typeReference(model);
      },
      fetchModel: async (token) => {
        if (get().download) return;
        get().dismiss('hub');
        const { reference } = get();
        let asked: ReturnType<typeof readTypedReference>;
        try {
          asked = readTypedReference(reference);
        } catch (thrown) {
          return get().report('hub', toErrorRecord(thrown));
        }
        const { name, kind } = asked.reference;
        // Only a repository's name identifies a model: another file may have the same name.
        const isHere = kind === 'repository' && get().keptModels.models.some((kept) => kept.name === name);
        if (isHere) return get().chooseModel(name);
        controller = new AbortController();
        set({ download: { file: name, received: 0, total: null } });
        const onProgress = (download: DownloadProgress): void => {
          if (get().download) set({ download });
        };
        const request = { reference: reference.trim(), token: token.trim() === '' ? null : token.trim() };
        const fetched = await downloader.fetch(request, asked.origin, onProgress, controller.signal);
        controller = null;
        if (!fetched.ok) {
          set({ download: null });
          if (fetched.error.code !== 'cancelled') get().report('hub', fetched.error);
          return get().loadKeptModels();
        }
        const taken = await api.takeFetched(fetched.value);
        set({ download: null });
        await get().loadKeptModels();
        if (!taken.ok) return get().report('hub', taken.error);
        // A run that has begun meanwhile keeps its backbone; the new one can be chosen after it.
        if (get().training !== 'idle') get().announce(`${name} is here now.`);
        else await get().receiveGiven(taken.value, name);
      },
      fetchSuggested: async (repository) => {
        if (get().download) return;
        get().typeReference(repository);
        await get().fetchModel('');
      },
      cancelDownload: () => controller?.abort(),
      deleteUnfinished: async () => {
        const answer = await api.deleteUnfinished();
        if (answer.ok) get().receiveKeptModels(answer.value);
        else get().report('hub', answer.error);
      },
    };
  };
