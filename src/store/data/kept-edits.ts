import { z } from 'zod';
import type { DataEdits } from '../../protocol/api.js';
import type { Services } from '../state.js';

const KEY = 'pyra-playground/class-edits';
const storedSchema = z.object({
  version: z.literal(1),
  edits: z.record(z.string(), z.record(z.string(), z.string().nullable())),
  /** Corrected labels by data set and picture. */
  labels: z.record(z.string(), z.record(z.string(), z.string())).default({}),
});

type Stored = z.infer<typeof storedSchema>;

function read(storage: Services['storage']): Stored {
  const none = { version: 1 as const, edits: {}, labels: {} };
  try {
    const stored = storedSchema.safeParse(JSON.parse(storage.get(KEY) ?? 'null'));
    return stored.success ? stored.data : none;
  } catch {
    return none;
  }
}

/** The same with another entry under a name; an empty entry is removed. */
function changed<T extends object>(all: Readonly<Record<string, T>>, name: string, entry: T): Record<string, T> {
  const { [name]: _old, ...others } = all;
  return Object.keys(entry).length > 0 ? { ...others, [name]: { ...entry } } : others;
}

/** Edits of the data sets that the worker keeps, by their names, so that a reload finds them as they were. */
export function keptEdits(storage: Services['storage']) {
  return {
    of: (data: string): Pick<DataEdits, 'classes'> & Required<Pick<DataEdits, 'labels'>> => {
      const { edits, labels } = read(storage);
      return { classes: edits[data] ?? {}, labels: labels[data] ?? {} };
    },
    keep: (data: string, { classes, labels = {} }: Pick<DataEdits, 'classes' | 'labels'>): void => {
      const stored = read(storage);
      const edits = changed(stored.edits, data, classes);
      storage.set(KEY, JSON.stringify({ version: 1, edits, labels: changed(stored.labels, data, labels) }));
    },
  };
}
