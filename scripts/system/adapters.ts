import { spawnSync } from 'node:child_process';
import type { DriverChoice } from '../../src/headless/machine/dawn.js';
import { adapterSchema } from '../../src/protocol/runs/run.js';
import { aptInstall, readDistribution } from './apt.js';

export interface FoundAdapter {
  /** The value of `PYRA_ADAPTER` with which Dawn takes this adapter. */
  readonly choice: DriverChoice;
  readonly name: string;
}

const SENTENCE =
  'No WebGPU adapter was found for Node: install a Vulkan driver and loader (on Debian or Ubuntu: apt install mesa-vulkan-drivers ' +
  'libvulkan1, Mesa 24 or newer; on Debian 12 from bookworm-backports).';

function probe(choice: DriverChoice): FoundAdapter | undefined {
  const child = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/system/probe.ts'], {
    env: { ...process.env, PYRA_ADAPTER: choice },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (child.status !== 0) return undefined;
  return { choice, name: adapterSchema.parse(JSON.parse(child.stdout)).name };
}

/** The adapters that Dawn can open here, the fastest first: a graphics card, llvmpipe, SwiftShader. */
export function findAdapters(): readonly FoundAdapter[] {
  if (process.platform !== 'linux') return [probe('auto')].filter((found) => found !== undefined);
  const software = [probe('llvmpipe'), probe('swiftshader')].filter((found) => found !== undefined);
  const best = probe('auto');
  return best && !software.some(({ name }) => name === best.name) ? [best, ...software] : software;
}

/**
 * Makes sure that Node's Dawn finds an adapter, and returns all that it finds. Mesa's llvmpipe is installed even if there is Chromium's
 * SwiftShader, since it is several times faster. Prints one sentence if there is no adapter and none can be installed.
 */
export function installAdapters(): readonly FoundAdapter[] {
  const found = findAdapters();
  if (process.platform !== 'linux' || found.some(({ choice }) => choice !== 'swiftshader')) return found;
  const { id, version } = readDistribution();
  const packages = ['libvulkan1', 'mesa-vulkan-drivers'];
  // Debian 12 has Mesa 22.3, which Dawn refuses.
  aptInstall(id === 'debian' && version === '12' ? { packages, backports: 'bookworm-backports' } : { packages });
  const now = findAdapters();
  if (now.length === 0) console.log(SENTENCE);
  return now;
}
