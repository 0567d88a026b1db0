import { z } from 'zod';
import type { Slice } from '../state.js';
import { type PreferencesSlice, THEMES } from '../state/preferences.js';

const KEY = 'pyra-playground/preferences';
const storedSchema = z.object({
  version: z.literal(1),
  theme: z.enum(THEMES),
  starred: z.array(z.string()),
  introduced: z.boolean().default(false),
  tableColumns: z.array(z.string()).nullable().default(null),
});

function parse(text: string | null): z.infer<typeof storedSchema> {
  const fallback = { version: 1 as const, theme: 'system' as const, starred: [], introduced: false, tableColumns: null };
  if (text === null) return fallback;
  try {
    return storedSchema.catch(fallback).parse(JSON.parse(text));
  } catch {
    return fallback;
  }
}

export const createPreferencesSlice: Slice<PreferencesSlice> =
  ({ storage }) =>
  (set, get) => {
    const stored = parse(storage.get(KEY));
    const keep = (): void => {
      const { theme, starred, introduced, tableColumns } = get();
      storage.set(KEY, JSON.stringify({ version: 1, theme, starred: [...starred], introduced, tableColumns }));
    };
    return {
      theme: stored.theme,
      screen: 'playground',
      column: 'watch',
      starred: new Set(stored.starred),
      introduced: stored.introduced,
      tableColumns: stored.tableColumns,
      setTheme: (theme) => {
        set({ theme });
        keep();
      },
      show: (screen) => set({ screen }),
      showColumn: (column) => set({ column, screen: 'playground' }),
      introduce: () => {
        set({ introduced: true });
        keep();
      },
      chooseColumns: (tableColumns) => {
        set({ tableColumns });
        keep();
      },
      star: (runId, on) => {
        const starred = new Set(get().starred);
        if (on) starred.add(runId);
        else starred.delete(runId);
        set({ starred });
        keep();
      },
    };
  };
