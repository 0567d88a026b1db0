/**
 * Builds the page of an exported run (`src/standalone`) into one zip when its sources have changed. The page's build includes it for its
 * export, and the command line's export reads it. A build takes some seconds, an unchanged one no time. The zip is never committed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readBuiltPage } from '../../formats/exports/page.js';
import { zipFiles } from '../../formats/exports/zip.js';
import type { NamedFile } from '../../protocol/files.js';
import { buildKernels } from '../machine/kernels.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sources = join(root, 'src/standalone/page');

/** The zip's path. It is fixed, so that the page's sources can refer to it. */
const FILE = join(root, '.cache/standalone/page.zip');
/** Holds the hash of what it was built from. */
const HASH_FILE = join(root, '.cache/standalone/sources.sha256');

/** Folders of `src` that are not part of this page. */
const OTHERS = /^(store|ui|headless|library|testing)\/|\.test\.tsx?$|\/fixtures\//;

/** @returns the zip's path. Rejects where the sources do not build. */
export async function buildStandalone(): Promise<string> {
  // The package contains the zip and no sources.
  if (!existsSync(sources)) return FILE;
  await buildKernels();
  const hash = hashOf();
  if (readOrNull(HASH_FILE) === hash && existsSync(FILE)) return FILE;
  mkdirSync(dirname(FILE), { recursive: true });
  writeWhole(FILE, (await zipFiles(await bundle(), 'page.zip')).bytes);
  writeWhole(HASH_FILE, hash);
  return FILE;
}

/** The built page's files, for the export. */
export const standaloneFiles = async (): Promise<readonly NamedFile[]> =>
  readBuiltPage('page.zip', new Uint8Array(readFileSync(await buildStandalone())));

/** A hash of everything that decides the bytes: the sources, the kernels and the bundler's version. */
function hashOf(): string {
  const bundler: unknown = JSON.parse(readFileSync(join(root, 'node_modules/vite/package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(bundler);
  const hash = createHash('sha256').update(version);
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 'src/'.length))
    .filter((path) => !OTHERS.test(path.replaceAll('\\', '/')));
  for (const path of files.sort()) hash.update(path).update(readFileSync(join(root, 'src', path)));
  return hash.digest('hex');
}

async function bundle(): Promise<NamedFile[]> {
  const { build } = await import('vite');
  const names = (file: string) => ({ entryFileNames: file, assetFileNames: '[name][extname]' });
  const built = await build({
    configFile: false,
    root: sources,
    base: './',
    publicDir: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: { output: { ...names('page.js'), codeSplitting: false }, checks: { bundlerTimings: false } },
    },
    worker: { format: 'es', rolldownOptions: { output: names('thread.js') } },
  });
  if (!('output' in built)) throw new Error('the standalone page was built more than once, or is watched');
  const encoder = new TextEncoder();
  return built.output
    .map((file) => ({ name: file.fileName, content: file.type === 'chunk' ? file.code : file.source }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, content }) => ({
      name,
      mediaType: '',
      bytes: typeof content === 'string' ? encoder.encode(content) : new Uint8Array(content),
    }));
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Writes under another name first and then renames, since two processes may build at the same time. */
function writeWhole(path: string, content: Uint8Array | string): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, content);
  renameSync(part, path);
}
