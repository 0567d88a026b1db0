/** Opens the files of a model, from this machine or fetched by a repository's name or an address. */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, extname, isAbsolute, join, resolve } from 'node:path';
import { fetchFromHub, type HubProgress } from '../../formats/hub/hub.js';
import type { ByteSource } from '../../containers/bytes.js';
import { HUB, readReference } from '../../protocol/hub/references.js';
import { sourcesBeside } from './beside.js';
import { diskDownloadCache } from './download-cache.js';
import { byteSourcesFromPath } from './folders.js';
import type { Terminal } from '../terminal.js';

export interface ModelFiles {
  readonly sources: readonly ByteSource[];
  /** An absolute path, or the reference that it was fetched by. */
  readonly place: string;
  /** Its name in a configuration: the repository, with the revision if one was given, or the last part of a path or an address. */
  readonly name: string;
  /** The path that output files are named after: beside the file, or in the current folder for a fetched model. */
  readonly stem: string;
}

const ADDRESS = /^https?:\/\//i;
const REPOSITORY = /^([A-Za-z0-9][\w.-]*)\/[A-Za-z0-9][\w.-]*(?:@[\w./-]+)?$/;
/** Names like these are files, so that a mistyped path is not looked up on the hub. */
const FILE_NAME = /\.(safetensors|npz|npy|pth|pt|bin|onnx|json|csv|txt|parquet|zip|tar|t?gz)$/i;

/** Without a network the retries take seven seconds in all, so that the error comes while a person still waits. */
const RETRIES = 3;

/** `$XDG_CACHE_HOME`, which the specification says to ignore where it is relative, or else `~/.cache`. */
function downloadFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'pyra-playground', 'models');
}

/**
 * Whether the text is a reference to fetch: an address, or `owner/name[@revision]` where this machine has neither that file nor a folder
 * `owner`.
 */
function isReference(text: string): boolean {
  if (existsSync(text)) return false;
  if (ADDRESS.test(text)) return true;
  const owner = REPOSITORY.exec(text)?.[1];
  return owner !== undefined && !FILE_NAME.test(text) && !existsSync(owner);
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A name without its extension, if that is a weights file's. A repository's name may contain other dots. */
const withoutExtension = (name: string): string => (FILE_NAME.test(name) ? name.slice(0, -extname(name).length) : name);

async function fetchModel(reference: string, terminal: Terminal): Promise<ModelFiles> {
  const hub = (process.env['HF_ENDPOINT'] || HUB).replace(/\/+$/, '');
  const { kind, name } = readReference(reference, hub);
  if (!ADDRESS.test(reference)) terminal.line(`There is no file or folder '${reference}' here; asking ${hub} for it`);
  const onProgress = ({ file, received, total, waiting }: HubProgress): void => {
    if (waiting !== undefined) return terminal.note(`${file}: ${waiting}`);
    // Cached files are complete at once and show no progress.
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
 * Opens a model's files by path (a file with its configuration beside it, or all files below a folder), or fetches `owner/name`,
 * `owner/name@revision` or an address into the user's cache folder, resuming what is there. `HF_ENDPOINT` names another hub; `HF_TOKEN` is
 * sent to it for private and gated repositories. Rejects with `file.unreadable` where there is nothing at the path and the text is not a reference, `network` for a failure
 * of the network or the server, `usage` for an address that is not allowed.
 */
export async function openModelFiles(path: string, terminal: Terminal): Promise<ModelFiles> {
  if (isReference(path)) return fetchModel(path, terminal);
  const source = resolve(path);
  const stem = source.slice(0, -extname(source).length || undefined);
  const sources = await byteSourcesFromPath(path);
  const isFile = existsSync(path) && statSync(path).isFile();
  return {
    sources: isFile ? [...sources, ...(await sourcesBeside(source))] : sources,
    place: source,
    name: basename(source),
    stem,
  };
}
