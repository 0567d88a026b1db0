/** Finds the Vulkan drivers that are installed on a Linux machine, and says why Dawn may refuse them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';

/** Older versions of Mesa lack features that Dawn needs (`shaderUniformArrayDynamicIndexing` in 22.3). */
const NEEDED_MESA = 24;

const ICD_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
const LIBRARY_FOLDERS = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];
const CHROMIUM_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser', '/opt/google/chrome'];
const SWIFTSHADER = 'vk_swiftshader_icd.json';

export interface VulkanDriver {
  /** The driver's description file, which the loader is pointed at. */
  readonly file: string;
  /** For example `22.3.6`; null where it is not a Mesa driver or the version is not found. */
  readonly mesa: string | null;
}

const descriptionSchema = z.object({ ICD: z.object({ library_path: z.string() }) });

/** The folder itself, then those below it, such as one for each architecture. */
function withSubfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...inner.map(({ name }) => join(folder, name))];
}

function findLibrary(path: string, file: string, folders: readonly string[]): string | undefined {
  const candidates = path.includes('/')
    ? [isAbsolute(path) ? path : join(dirname(file), path)]
    : folders.flatMap(withSubfolders).map((folder) => join(folder, path));
  return candidates.find((candidate) => existsSync(candidate));
}

/** Mesa's version, which a driver's library contains as text. Reads the whole library, some 10 MB. */
function mesaVersion(file: string, libraryFolders: readonly string[]): string | null {
  try {
    const { library_path } = descriptionSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).ICD;
    const library = findLibrary(library_path, file, libraryFolders);
    return (library && /Mesa (\d+\.\d+(?:\.\d+)?)/.exec(readFileSync(library, 'latin1'))?.[1]) || null;
  } catch {
    return null;
  }
}

const descriptionsIn = (folders: readonly string[]): string[] =>
  folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.json'));

/** Mesa's driver that runs on the CPU. */
export const llvmpipeFile = (folders: readonly string[] = ICD_FOLDERS): string | undefined =>
  descriptionsIn(folders).find((file) => /\/lvp_icd[^/]*$/.test(file));

/** Where Playwright keeps the browsers that it installed. */
function playwrightFolders(): string[] {
  const browsers = process.env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), '.cache', 'ms-playwright');
  return withSubfolders(browsers).slice(1).flatMap(withSubfolders);
}

/** Chromium's driver that runs on the CPU. */
export const swiftshaderFile = (): string | undefined =>
  [...CHROMIUM_FOLDERS, ...playwrightFolders()].map((folder) => join(folder, SWIFTSHADER)).find((file) => existsSync(file));

/** Every driver that is installed, or those that `files` names. */
export function findDrivers(
  files: readonly string[] = descriptionsIn(ICD_FOLDERS),
  libraryFolders: readonly string[] = LIBRARY_FOLDERS,
): VulkanDriver[] {
  return files.map((file) => ({ file, mesa: mesaVersion(file, libraryFolders) }));
}

const isTooOld = ({ mesa }: VulkanDriver): boolean => mesa !== null && Number.parseInt(mesa, 10) < NEEDED_MESA;

/** Names drivers that are too old and the version that is needed; null where none is too old. Advice follows it. */
export function tooOld(drivers: readonly VulkanDriver[]): string | null {
  const old = drivers.find(isTooOld);
  if (!old) return null;
  return `the Vulkan driver that is installed is of Mesa ${old.mesa ?? ''} (${old.file}), and Mesa ${NEEDED_MESA} or newer is needed`;
}

const NEWER =
  'install a newer one (on Debian 12: apt install -t bookworm-backports mesa-vulkan-drivers), or Chromium, whose SwiftShader is taken then (apt install chromium)';

/** Why there is no adapter, and what to do. */
export function whyNoAdapter(drivers: readonly VulkanDriver[]): string {
  const old = tooOld(drivers);
  if (old !== null) return `no WebGPU adapter: ${old}: ${NEWER}`;
  if (drivers.length > 0) {
    const names = drivers.map(({ file, mesa }) => (mesa === null ? file : `${file} of Mesa ${mesa}`));
    return `no WebGPU adapter: Dawn takes none of the Vulkan drivers that are installed (${names.join(', ')}); ${NEWER}`;
  }
  return `no WebGPU adapter: install a Vulkan driver (on Debian or Ubuntu: apt install mesa-vulkan-drivers libvulkan1, Mesa ${NEEDED_MESA} or newer)`;
}
