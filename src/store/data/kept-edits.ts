import { z } from 'zod';
import type { DataEdits } from '../../protocol/api.js';
import type { Services } from '../state.js';

const KEY = 'pyra-playground/class-edits';
const storedSchema = z.object({
  version: z.literal(1),
  edits: z.record(z.string(), z.record(z.string(), z.string().nullable())),
});

type Stored = z.infer<typeof storedSchema>['edits'];

function read(storage: Services['storage']): Stored {
  try {
    const stored = storedSchema.safeParse(JSON.parse(storage.get(KEY) ?? 'null'));
    return stored.success ? stored.data.edits : {};
  } catch {
    return {};
  }
}

/** Class edits of the data sets that the worker keeps, by their names, so that a reload finds them as they were. */
export function keptEdits(storage: Services['storage']) {
  return {
    of: (data: string): DataEdits['classes'] => read(storage)[data] ?? {},
    keep: (data: string, classes: DataEdits['classes']): void => {
      const { [data]: _old, ...others } = read(storage);
      const edits = Object.keys(classes).length > 0 ? { ...others, [data]: { ...classes } } : others;
      storage.set(KEY, JSON.stringify({ version: 1, edits }));
    },
  };
}
