import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PlaygroundError } from '../../vit/errors.js';
import type { TunerMemory } from '../../engine/machines/webgpu/autotuner.js';
import { WebGpuMachine } from '../../engine/machines/webgpu/machine.js';
import { readShaderFile } from './shaders.js';
import { findDrivers, llvmpipeFile, swiftshaderFile, tooOld, whyNoAdapter } from './vulkan.js';

/** Which Vulkan driver Dawn is pointed at: `auto` takes a hardware driver, then llvmpipe, then SwiftShader. */
export type DriverChoice = 'auto' | 'llvmpipe' | 'swiftshader';

/** Whether there is the device node of a graphics card. If so, the loader finds its driver by itself. */
export function hasHardware(): boolean {
  return process.platform !== 'linux' || existsSync('/dev/nvidia0') || existsSync('/dev/dri/renderD128');
}

function readChoice(text: string | undefined): DriverChoice {
  if (text === undefined || text === '' || text === 'auto') return 'auto';
  if (text === 'llvmpipe' || text === 'swiftshader') return text;
  throw new PlaygroundError(
    'option.invalid',
    `PYRA_ADAPTER is '${text}', expected auto, cpu, cpu-simd, cpu-relaxed, llvmpipe or swiftshader`,
    {
      subject: 'PYRA_ADAPTER',
    },
  );
}

/**
 * How long compilations may measure kernels, in milliseconds: `PYRA_TUNE` in seconds, or `full` for every candidate. Undefined uses the
 * machine's default. Throws `option.invalid` for anything else.
 */
export function readSearch(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === 'full') return Number.POSITIVE_INFINITY;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return 1000 * seconds;
  throw new PlaygroundError('option.invalid', `PYRA_TUNE is '${text}', expected a number of seconds or full`, {
    subject: 'PYRA_TUNE',
  });
}

/** The driver files to try, the best first. An undefined entry lets the loader search by itself. */
function candidatesFor(choice: DriverChoice, given: string | undefined): (string | undefined)[] {
  const llvmpipe = llvmpipeFile();
  const swiftshader = swiftshaderFile();
  const found = (file: string | undefined): string[] => (file === undefined ? [] : [file]);
  if (choice === 'llvmpipe') return found(llvmpipe);
  if (choice === 'swiftshader') return found(swiftshader);
  if (given !== undefined) return [given];
  return [...(hasHardware() ? [undefined] : []), ...found(llvmpipe), ...found(swiftshader)];
}

/**
 * Opens a device through Dawn. `PYRA_ADAPTER` chooses the driver, `PYRA_DAWN` passes toggles on (comma-separated, as `enable-dawn-features`
 * takes them), `PYRA_TUNE` says how long kernels are measured. Rejects with `gpu.unavailable` where no driver works.
 *
 * @param memory where measured choices of kernels are kept.
 * @param onNote is called with a sentence where an installed driver is skipped.
 */
export async function openDawn(
  memory?: TunerMemory,
  onNote: (sentence: string) => void = () => undefined,
): Promise<WebGpuMachine> {
  const choice = readChoice(process.env['PYRA_ADAPTER']);
  const search = readSearch(process.env['PYRA_TUNE']);
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const given = process.env['VK_ICD_FILENAMES'] || process.env['VK_DRIVER_FILES'] || undefined;
  const candidates = candidatesFor(choice, given);
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const toggles = process.env['PYRA_DAWN'];
  for (const [tried, candidate] of candidates.entries()) {
    if (candidate !== undefined) process.env['VK_ICD_FILENAMES'] = candidate;
    const dawn = create(toggles === undefined ? [] : [`enable-dawn-features=${toggles}`]);
    const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) continue;
    instances.add(dawn);
    const machine = await WebGpuMachine.open(adapter, readShaderFile, memory, search);
    const old = tried > 0 ? tooOld(findDrivers()) : null;
    if (old !== null) onNote(`${old}: ${machine.adapter.name} is taken`);
    return machine;
  }
  throw new PlaygroundError('gpu.unavailable', whyNone(choice, given));
}

function whyNone(choice: DriverChoice, given: string | undefined): string {
  if (process.platform !== 'linux') return 'no WebGPU adapter was found on this machine';
  const asked = choice === 'llvmpipe' ? llvmpipeFile() : choice === 'swiftshader' ? swiftshaderFile() : given;
  if (choice === 'auto' || asked !== undefined) return whyNoAdapter(findDrivers(asked?.split(':')));
  return `no WebGPU adapter: PYRA_ADAPTER asks for ${choice}, which is not installed`;
}

/** Dawn's instances must outlive their devices, so they are held for as long as the process runs. */
const instances = new Set<GPU>();
