import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The built page talks to its own origin and to nobody else. Styles are let in inline, since components bring theirs so. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
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

export default defineConfig({
  // Relative addresses, so that the build can be served from any folder.
  base: './',
  plugins: [react(), contentSecurityPolicy()],
  build: { target: 'es2023' },
  worker: { format: 'es' },
  // A worker's policy comes with its own file, not from the document, so the server says it too.
  preview: { headers: { 'Content-Security-Policy': CONTENT_SECURITY_POLICY } },
});
