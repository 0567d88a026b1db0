import { openDataset, type OpenOptions } from '../data/open.js';
import type { OpenedDataset } from '../data/types.js';
import { sharpDecoder } from '../headless/machine/images.js';
import { solidPngs, sources } from './datasets.js';

/** Reads pictures of one colour at these paths, and texts beside them, as one data set. */
export async function readSolid(
  paths: readonly string[],
  texts: Readonly<Record<string, string>>,
  options: Partial<OpenOptions> = {},
): Promise<OpenedDataset> {
  const files = sources({ ...(await solidPngs(paths)), ...texts });
  return openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0, ...options });
}

/** The pictures of each class that has any. */
export function countsOf({ raw }: OpenedDataset): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { label } of raw.examples) found[raw.classes[label] ?? '?'] = (found[raw.classes[label] ?? '?'] ?? 0) + 1;
  return found;
}
