import { defineConfig } from 'vitest/config';

/** Tests on a graphics card's adapter, in one process. */
const onAdapter = (name: string, files: string) => ({
  test: {
    name,
    include: [files],
    setupFiles: ['src/testing/machines/gpu-setup.ts'],
    fileParallelism: false,
    // All files share one device (`src/testing/machines/gpu.ts`), so that a kernel which several need is compiled once.
    isolate: false,
    // A software adapter compiles some kernels for minutes where other work shares its cores: this ends only what hangs.
    testTimeout: 60 * 60_000,
    hookTimeout: 60 * 60_000,
  },
});

export default defineConfig({
  test: {
    projects: [
      {
        // The package's Node entry is CommonJS under an ES module's name; its other entry loads everywhere.
        resolve: { alias: { wgsl_reflect: 'wgsl_reflect/wgsl_reflect.module.js' } },
        test: {
          name: 'unit',
          globalSetup: ['scripts/test/kernels.ts'],
          include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,js}'],
          exclude: ['src/**/*gpu.test.ts'],
          // A process runs many files and loads what they share once; tests leave no state behind.
          isolate: false,
          // A slow test is not a broken one: this ends only what hangs.
          testTimeout: 30 * 60_000,
          hookTimeout: 30 * 60_000,
        },
      },
      // Every kernel, on each adapter.
      onAdapter('gpu', 'src/**/*.gpu.test.ts'),
      // What is made of kernels that have passed there, on one adapter.
      onAdapter('one-gpu', 'src/**/*.one-gpu.test.ts'),
    ],
  },
});
