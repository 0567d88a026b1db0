import { cpSync } from 'node:fs';
import { defineConfig } from 'vite';

/**
 * The library and the command line as plain modules for Node and bundlers, with everything from npm inside but Dawn and sharp, which
 * are programs of the machine. They lie as deep in `package/` as their sources in the repository, so that what they find beside
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
      input: { index: 'src/library/index.ts', 'command-line': 'src/headless/main.ts' },
      output: {
        chunkFileNames: '[name]-[hash].js',
        banner: ({ name }) => (name === 'command-line' ? '#!/usr/bin/env node' : ''),
      },
      checks: { bundlerTimings: false },
    },
  },
  ssr: { noExternal: true, external: ['webgpu', 'sharp'] },
  plugins: [
    {
      name: 'beside-the-modules',
      closeBundle() {
        cpSync('shaders', 'package/shaders', { recursive: true });
        cpSync('public/models', 'package/public/models', { recursive: true });
      },
    },
  ],
});
