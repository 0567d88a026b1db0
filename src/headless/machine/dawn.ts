import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PlaygroundError } from '../../vit/errors.js';
import { Gpu } from '../../engine/gpu/device.js';
import { readShaderFile } from './shaders.js';

const ICD_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
const SWIFTSHADER_ICD = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/** Which Vulkan driver Dawn is pointed at: `auto` takes a hardware driver, then llvmpipe, then SwiftShader. */
export type DriverChoice = 'auto' | 'llvmpipe' | 'swiftshader';

function driverFile(choice: DriverChoice): string | undefined {
  const swiftshader = SWIFTSHADER_ICD.find((file) => existsSync(file));
  const llvmpipe = ICD_FOLDERS.filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`))
    .find((file) => /\/lvp_icd.*\.json$/.test(file));
  if (choice === 'swiftshader') return swiftshader;
  if (choice === 'llvmpipe') return llvmpipe;
  return llvmpipe ?? swiftshader;
}

/** Whether a graphics card's device node is there: with one, the loader finds its driver without our help. */
function hasHardware(): boolean {
  return process.platform !== 'linux' || existsSync('/dev/nvidia0') || existsSync('/dev/dri/renderD128');
}

function readChoice(text: string | undefined): DriverChoice {
  if (text === undefined || text === '' || text === 'auto') return 'auto';
  if (text === 'llvmpipe' || text === 'swiftshader') return text;
  throw new PlaygroundError('option.invalid', `PYRA_ADAPTER is '${text}', but is auto, llvmpipe or swiftshader`, {
    subject: 'PYRA_ADAPTER',
  });
}

/**
 * Opens a device through Dawn. `PYRA_ADAPTER` chooses the driver, `PYRA_DAWN` passes toggles on (comma-separated, as
 * `enable-dawn-features` takes them). Rejects with `gpu.unavailable` where no driver answers.
 */
export async function openDawn(): Promise<Gpu> {
  const choice = readChoice(process.env['PYRA_ADAPTER']);
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const given = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'];
  const candidates =
    choice !== 'auto'
      ? [driverFile(choice)]
      : given !== undefined
        ? [given]
        : [...(hasHardware() ? [undefined] : []), driverFile('auto')];
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const toggles = process.env['PYRA_DAWN'];
  for (const candidate of candidates) {
    if (choice !== 'auto' && candidate === undefined) break;
    if (candidate !== undefined) process.env['VK_ICD_FILENAMES'] = candidate;
    const dawn = create(toggles === undefined ? [] : [`enable-dawn-features=${toggles}`]);
    const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter) {
      instances.add(dawn);
      return Gpu.open(adapter, readShaderFile);
    }
  }
  throw new PlaygroundError(
    'gpu.unavailable',
    choice === 'auto'
      ? 'no WebGPU adapter: install a Vulkan driver (on Debian or Ubuntu: apt install mesa-vulkan-drivers libvulkan1)'
      : `no WebGPU adapter: PYRA_ADAPTER asks for ${choice}, which is not installed`,
  );
}

/** Dawn's instances must outlive their devices, so they are held for as long as the process runs. */
const instances = new Set<GPU>();
