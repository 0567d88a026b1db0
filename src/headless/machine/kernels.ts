/**
 * Builds the CPU machine's kernels (src/engine/machines/cpu/kernels, AssemblyScript) to WebAssembly when their sources have changed:
 * `cpu-simd`, and `cpu-relaxed` with relaxed SIMD's fused multiply-adds. The page's build, the tests' set-up and the command line call
 * this. A build takes some seconds, an unchanged one no time. Built files are never committed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sources = join(root, 'src/engine/machines/cpu/kernels');
const folder = join(root, '.cache/kernels');

/** The language's library keeps its tables from byte 1024 on; the host's memory begins after them. */
const COMMON = ['-O3', '--noAssert', '--enable', 'simd', '--importMemory', '--runtime', 'stub', '--memoryBase', '1024'];
const OPTIONS = {
  'cpu-simd': ['--use', 'RELAXED=0'],
  'cpu-relaxed': ['--use', 'RELAXED=1', '--enable', 'relaxed-simd'],
} as const;

/** The files of the builds, once {@link buildKernels} has run. Their names are fixed, so that the page's sources can refer to them. */
const FILES = { 'cpu-simd': join(folder, 'cpu-simd.wasm'), 'cpu-relaxed': join(folder, 'cpu-relaxed.wasm') } as const;
/** Holds the hash of the sources that the builds were made from. */
const HASH_FILE = join(folder, 'sources.sha256');

/** @returns the file of each build. Rejects with the compiler's messages where the kernels do not compile or only with warnings. */
export async function buildKernels(): Promise<typeof FILES> {
  // The package contains the builds and no sources.
  if (!existsSync(sources)) return FILES;
  const hash = hashOf();
  mkdirSync(folder, { recursive: true });
  if (readOrNull(HASH_FILE) === hash && Object.values(FILES).every((file) => existsSync(file))) return FILES;
  for (const build of ['cpu-simd', 'cpu-relaxed'] as const) {
    writeWhole(FILES[build], await compileFor(build, 'index.ts', (name) => readOrNull(join(sources, name))));
  }
  writeWhole(HASH_FILE, hash);
  return FILES;
}

/** A hash of everything that decides the bytes: the sources, the compiler's version and the options. */
function hashOf(): string {
  const compiler: unknown = JSON.parse(readFileSync(join(root, 'node_modules/assemblyscript/package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(compiler);
  const hash = createHash('sha256').update(JSON.stringify([version, COMMON, OPTIONS]));
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(sources, file)));
  return hash.digest('hex');
}

/**
 * Compiles AssemblyScript with the options of a build. `read` gives a source by its name, or null where there is none. Rejects with the
 * compiler's messages.
 */
export async function compileFor(
  build: keyof typeof OPTIONS,
  entry: string,
  read: (name: string) => string | null,
): Promise<Uint8Array> {
  const { main } = await import('assemblyscript/asc');
  const files = new Map<string, string | Uint8Array>();
  let messages = '';
  const stderr = {
    write: (chunk: Uint8Array | string) => {
      messages += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    },
  };
  const { error } = await main([entry, '--outFile', 'kernels.wasm', ...COMMON, ...OPTIONS[build]], {
    readFile: read,
    writeFile: (name, contents) => {
      files.set(name, contents);
    },
    listFiles: () => [],
    stderr,
  });
  const bytes = files.get('kernels.wasm');
  if (error || messages.includes('WARNING') || !(bytes instanceof Uint8Array)) {
    throw new Error(`the kernels do not compile: ${error?.message ?? ''}\n${messages}`);
  }
  return bytes;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Writes under another name first and then renames, since two processes may build at the same time. */
function writeWhole(path: string, bytes: Uint8Array | string): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, bytes);
  renameSync(part, path);
}
