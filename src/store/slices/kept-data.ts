import { keptEdits } from '../data/kept-edits.js';
import { DEFAULT_CONFIGURATION } from '../link.js';
import { configurationInUse, occupied } from '../facts.js';
import type { Slice } from '../state.js';
import type { KeptDataSlice } from '../state/kept-data.js';

export const createKeptDataSlice: Slice<KeptDataSlice> =
  ({ api, storage }) =>
  (set, get) => ({
    keptData: { sets: [], storage: null },
    exportingData: false,
    loadKeptData: async () => {
      const answer = await api.keptData();
      if (answer.ok) set({ keptData: answer.value });
    },
    deleteData: async (id) => {
      const name = get().keptData.sets.find((kept) => kept.id === id)?.name ?? null;
      const inUse = name !== null && configurationInUse(get()).data === name;
      if (inUse && occupied(get())) {
        const message = `${name}: a run is training on this data set; stop it first, or wait for its end.`;
        return get().report('data', { code: 'usage', message, subject: name });
      }
      get().dismiss('data');
      if (inUse) {
        get().configure({ data: DEFAULT_CONFIGURATION.data });
        await get().ensureData(get().configuration);
      }
      const answer = await api.deleteData(id);
      if (!answer.ok) return get().report('data', answer.error);
      set({ keptData: answer.value });
      if (name === null || answer.value.sets.some((kept) => kept.name === name)) return;
      keptEdits(storage).keep(name, { classes: {} });
      get().forgetGiven(name);
    },
    exportData: async (into) => {
      set({ exportingData: true });
      get().dismiss('data');
      const answer = await api.exportData(into);
      set({ exportingData: false, busy: null });
      if (answer.ok) return answer.value;
      get().report('data', answer.error);
      return null;
    },
  });
