import { readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { buildStandalone } from './src/headless/runs/standalone.js';

/**
 * The built page talks to its own origin and to nobody else. WebAssembly may be compiled (from bytes that the page has; what parquet
 * is packed with needs it), text may not be run as code. Styles are let in inline, since components bring theirs so.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** In the build's document, for any server; not in development, where the server injects inline scripts of its own. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** The same for the service worker, which says it on servers that do not. */
function policyScript(): Plugin {
  return {
    name: 'policy-script',
    apply: 'build',
    generateBundle() {
      const source = `self.PAGE_POLICY = ${JSON.stringify(CONTENT_SECURITY_POLICY)};\n`;
      this.emitFile({ type: 'asset', fileName: 'policy.js', source });
    },
  };
}

/** The CPU machine's kernels, and the page that runs are taken away as, are there before the sources that name them are read. */
function built(): Plugin {
  return {
    name: 'built-before',
    buildStart: async () => {
      await buildStandalone();
    },
  };
}

/** The names of all built files, for the service worker to keep (public/sw.js). */
function offlineList(): Plugin {
  let folder = '';
  return {
    name: 'offline-list',
    apply: 'build',
    configResolved: (config) => {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle: () => {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `./${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`)
        .filter((path) => !['./sw.js', './policy.js', './offline.json', './index.html'].includes(path));
      writeFileSync(join(folder, 'offline.json'), JSON.stringify(files.sort(), null, 1));
    },
  };
}

export default defineConfig({
  // Relative addresses, so that the build can be served from any folder.
  base: './',
  plugins: [built(), react(), contentSecurityPolicy(), policyScript(), offlineList()],
  // The page comes from the person's own machine, so one file of this size is no burden.
  build: { target: 'es2023', chunkSizeWarningLimit: 1000, rolldownOptions: { checks: { bundlerTimings: false } } },
  worker: { format: 'es', rolldownOptions: { checks: { bundlerTimings: false } } },
  // In development, packages that only workers import would be found while the page runs, and reload it.
  optimizeDeps: { entries: ['index.html', 'src/worker/main.ts', 'src/worker/downloads.ts', 'src/worker/machine/cpu-thread.ts'] },
  // A worker's policy comes with its own file, not from the document, so the server says it too.
  preview: { headers: { 'Content-Security-Policy': CONTENT_SECURITY_POLICY } },
});
