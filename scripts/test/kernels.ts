import { buildKernels } from '../../src/headless/machine/kernels.js';

/** Vitest's set-up: the kernels are built once, before the test files that share them. */
export async function setup(): Promise<void> {
  await buildKernels();
}
