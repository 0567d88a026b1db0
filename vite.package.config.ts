import { cpSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'vite';
import { buildKernels } from './src/headless/machine/kernels.js';
import { buildStandalone } from './src/headless/runs/standalone.js';

/**
 * The library and the command line as plain modules for Node and bundlers, with everything from npm inside but Dawn and sharp, which
 * are programs of the machine, and what compiles kernels and page, whose work is done. They lie as deep in `package/` as their sources in the repository, so that what they find beside
 * them (shaders, the bundled backbone) is found there too.
 */
export default defineConfig({
  publicDir: false,
  build: {
    target: 'node20',
    outDir: 'package/src/headless/machine',
    emptyOutDir: true,
    minify: false,
    ssr: true,
    rolldownOptions: {
      input: {
        index: 'src/library/index.ts',
        'command-line': 'src/headless/main.ts',
        'cpu-thread': 'src/headless/machine/cpu-thread.ts',
      },
      output: {
        // Under the name that the command line starts it by: in the repository a loader of TypeScript has that.
        entryFileNames: ({ name }) => (name === 'cpu-thread' ? '[name].mjs' : '[name].js'),
        chunkFileNames: '[name]-[hash].js',
        banner: ({ name }) => (name === 'command-line' ? '#!/usr/bin/env node' : ''),
      },
      checks: { bundlerTimings: false },
    },
  },
  ssr: { noExternal: true, external: ['webgpu', 'sharp', 'assemblyscript', 'vite'] },
  plugins: [
    {
      name: 'beside-the-modules',
      async closeBundle() {
        for (const file of [...Object.values(await buildKernels()), await buildStandalone()])
          cpSync(file, join('package', relative('.', file)));
        cpSync('shaders', 'package/shaders', { recursive: true });
        cpSync('public/models', 'package/public/models', { recursive: true });
      },
    },
  ],
});
