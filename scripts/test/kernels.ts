import { buildStandalone } from '../../src/headless/machine/standalone.js';

/** Vitest's set-up: kernels, and the page that runs are taken away as, are built once, before the test files that share them. */
export async function setup(): Promise<void> {
  await buildStandalone();
}
