/** The files of a model: on this machine, or fetched where a person names a repository or an address instead. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, extname, isAbsolute, join, resolve } from 'node:path';
import { fetchFromHub, type HubProgress } from '../../formats/hub/hub.js';
import type { ByteSource } from '../../containers/bytes.js';
import { HUB, readReference } from '../../protocol/hub/references.js';
import { diskDownloadCache } from './download-cache.js';
import { byteSourcesFromPath } from './folders.js';
import type { Terminal } from '../terminal.js';

export interface ModelFiles {
  readonly sources: readonly ByteSource[];
  /** An absolute path, or the reference that it was fetched by. */
  readonly place: string;
  /** What a configuration calls it: the repository, with its revision where it was given, or the last part of a path or an address. */
  readonly name: string;
  /** Path that what is made of it is named after: beside the file, or in the current folder where it was fetched. */
  readonly stem: string;
}

const ADDRESS = /^https?:\/\//i;
const REPOSITORY = /^([A-Za-z0-9][\w.-]*)\/[A-Za-z0-9][\w.-]*(?:@[\w./-]+)?$/;
/** Names like these are files', so that a path that was mistyped is not asked for elsewhere. */
const FILE_NAME = /\.(safetensors|npz|npy|pth|pt|bin|onnx|json|csv|txt|parquet|zip|tar|t?gz)$/i;

/** Seven seconds in all without a network, so that a sentence comes while a person still waits. */
const RETRIES = 3;

/** `$XDG_CACHE_HOME`, which the specification wants ignored where it is relative, or `~/.cache`. */
function downloadFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'pyra-playground', 'models');
}

/** Whether to fetch: an address or `owner/name[@revision]`, where neither that file nor a folder `owner` is on this machine. */
function isReference(text: string): boolean {
  if (existsSync(text)) return false;
  if (ADDRESS.test(text)) return true;
  const owner = REPOSITORY.exec(text)?.[1];
  return owner !== undefined && !FILE_NAME.test(text) && !existsSync(owner);
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A name without its extension, where that is a weights file's: a repository's name may have dots of its own. */
const withoutExtension = (name: string): string => (FILE_NAME.test(name) ? name.slice(0, -extname(name).length) : name);

async function fetchModel(reference: string, terminal: Terminal): Promise<ModelFiles> {
  const hub = (process.env['HF_ENDPOINT'] || HUB).replace(/\/+$/, '');
  const { kind, name } = readReference(reference, hub);
  if (!ADDRESS.test(reference)) terminal.line(`There is no file or folder '${reference}' here; asking ${hub} for it`);
  const onProgress = ({ file, received, total, waiting }: HubProgress): void => {
    if (waiting !== undefined) return terminal.note(`${file}: ${waiting}`);
    // What is in the cache already is complete at once.
    if (received !== total) terminal.status(`Fetching ${file}: ${size(received)}${total === null ? '' : ` of ${size(total)}`}`);
  };
  try {
    const cache = diskDownloadCache(downloadFolder());
    const token = process.env['HF_TOKEN'];
    const onOffline = (sentence: string): void => terminal.note(sentence);
    const sources = await fetchFromHub(reference, {
      cache,
      hub,
      retries: RETRIES,
      onProgress,
      onOffline,
      ...(token ? { token } : {}),
    });
    return {
      sources,
      name,
      place: reference,
      stem: resolve(kind === 'file' ? withoutExtension(name) : basename(name.replace(/@.*$/, ''))),
    };
  } finally {
    terminal.clear();
  }
}

/**
 * Opens a model's files by path (a file, or all below a folder), or fetches `owner/name`, `owner/name@revision` or an address into
 * the user's cache folder, going on from what is there. `HF_ENDPOINT` names another hub, `HF_TOKEN` is sent to it for
 * private and gated repositories. Rejects with `file.unreadable` where
 * nothing is there and the text is no reference, `network` for what the network or the server refused, `usage` for an address that
 * is not fetched.
 */
export async function openModelFiles(path: string, terminal: Terminal): Promise<ModelFiles> {
  if (isReference(path)) return fetchModel(path, terminal);
  const source = resolve(path);
  const stem = source.slice(0, -extname(source).length || undefined);
  return { sources: await byteSourcesFromPath(path), place: source, name: basename(source), stem };
}
