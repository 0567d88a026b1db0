import { buildKernels } from '../../src/headless/machine/kernels.js';

/** Set-up of Vitest: builds the kernels once, for all test files. */
export async function setup(): Promise<void> {
  await buildKernels();
}
