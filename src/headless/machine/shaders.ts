import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../../shaders/', import.meta.url);
const read = new Map<string, string>();

/** Reads `shaders/PATH.wgsl`, once. */
export function readShaderFile(path: string): string {
  let text = read.get(path);
  if (text === undefined) {
    text = readFileSync(fileURLToPath(new URL(`${path}.wgsl`, folder)), 'utf8');
    read.set(path, text);
  }
  return text;
}
