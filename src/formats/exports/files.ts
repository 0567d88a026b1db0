import type { NamedFile } from '../../protocol/files.js';

export const BINARY = 'application/octet-stream';

/** The file that an exported page fetches. */
export const PAGE_WEIGHTS = 'weights.safetensors';

export const SAFETENSORS = { name: 'model.safetensors', mediaType: BINARY } as const;

export function text(name: string, mediaType: string, content: string): NamedFile {
  return { name, mediaType, bytes: new TextEncoder().encode(content) };
}

export const markdown = (content: string): NamedFile => text('README.md', 'text/markdown', content);

export const json = (name: string, value: unknown): NamedFile =>
  text(name, 'application/json', `${JSON.stringify(value, null, 2)}\n`);
