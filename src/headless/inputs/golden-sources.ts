import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ByteSource } from '../../containers/bytes.js';
import { byteSourceFromPath } from './files.js';

const FOLDER = fileURLToPath(new URL('../../../public/golden/', import.meta.url));

export interface GoldenSource {
  readonly name: string;
  readonly open: () => Promise<ByteSource>;
}

/** The golden files of the project. The package leaves them out, so there it is empty. */
export function goldenSources(): GoldenSource[] {
  if (!existsSync(FOLDER)) return [];
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.safetensors'));
  return names.sort().map((name) => ({ name, open: () => byteSourceFromPath(join(FOLDER, name), name) }));
}
