import type { WorkgroupLimits } from '../../engine/machines/webgpu/candidates/product.js';
import { compileDispatches } from '../../engine/machines/webgpu/compile.js';
import type { Gpu } from '../../engine/machines/webgpu/device.js';
import { Lowering, type Choices } from '../../engine/machines/webgpu/lowering.js';
import { PlaygroundError } from '../../vit/errors.js';
import { withOthers } from './with-others.js';

const VARIABLE = 'PYRA_CANDIDATES';

/**
 * The candidates that a test runs: a few, with `PYRA_CANDIDATES=all` all, and with `PYRA_CANDIDATES=2/8` every eighth from the second on. Where
 * shaders compile slowly, all of them take long, and parts can be run one at a time. Throws `option.invalid` for anything else.
 */
export function testedCandidates<T>(all: readonly T[], few: readonly T[], asked = process.env[VARIABLE]): T[] {
  if (asked === undefined || asked === '') return [...few];
  if (asked === 'all') return [...all];
  const [, part = 0, parts = 0] = (/^(\d+)\/(\d+)$/.exec(asked) ?? []).map(Number);
  if (part >= 1 && part <= parts) return all.filter((_, index) => index % parts === part - 1);
  throw new PlaygroundError('option.invalid', `${VARIABLE} is '${asked}', expected all or a part such as 2/8`, {
    subject: VARIABLE,
  });
}

/** The most that WebGPU implementations offer for a workgroup: some candidates are for such cards only. */
export const MOST_LIMITS: WorkgroupLimits = { maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupStorageSize: 2 ** 16 };

/** The same device, which claims to have room for every candidate. */
export function claimingMost(gpu: Gpu): Gpu {
  const limits = withOthers(gpu.device.limits, MOST_LIMITS);
  return withOthers(gpu, { device: withOthers(gpu.device, { limits }) });
}

/**
 * Compiles kernels of which some need more for a workgroup than the device has.
 * @param lower records them, for a device that claims to have it.
 *
 * Rejects where anything else is wrong with them, or nothing.
 */
export async function compileBeyondLimits(gpu: Gpu, lower: (lowering: Lowering) => void, choices?: Choices): Promise<void> {
  const lowering = new Lowering(claimingMost(gpu), choices);
  lower(lowering);
  let refused = 0;
  for (const dispatch of lowering.dispatched) {
    try {
      (await compileDispatches(gpu, { label: dispatch.label, dispatched: [dispatch], kept: [] })).destroy();
    } catch (thrown) {
      if (!/workgroup (storage|size|invocations)/i.test(String(thrown))) throw thrown;
      refused++;
    }
  }
  if (refused === 0) throw new Error('the device has room for it: it has to be run');
}
