/*
 * Keeps the page for use without a network. The build writes the list of its files beside this one; on every visit what is
 * new is fetched and what is gone is let go. The page itself is asked from the network first, so that a new build is seen;
 * built files carry a hash in their names, so a kept one is never stale.
 */
const CACHE = 'pyra-playground-1';
const LIST = './offline.json';

async function refresh() {
  const response = await fetch(LIST, { cache: 'no-store' });
  if (!response.ok) return;
  const wanted = new Set(['./', ...(await response.json())].map((path) => new URL(path, self.location.href).href));
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map((request) => request.url));
  const missing = [...wanted].filter((address) => !kept.has(address));
  await Promise.allSettled(missing.map((address) => cache.add(address)));
  for (const address of kept) if (!wanted.has(address)) await cache.delete(address);
}

self.addEventListener('install', (event) => {
  event.waitUntil(refresh().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

/** The page says that it was opened. Without a network there is nothing to refresh. */
self.addEventListener('message', (event) => {
  event.waitUntil(refresh().catch(() => undefined));
});

const hashed = (url) => url.pathname.includes('/assets/');

async function answer(request) {
  const cache = await caches.open(CACHE);
  // A server's `Vary: Origin` would tell a script's request from the one that was kept; the file is the same.
  const kept = await cache.match(request, { ignoreVary: true, ignoreSearch: request.mode === 'navigate' });
  if (kept && hashed(new URL(request.url))) return kept;
  try {
    const response = await fetch(request);
    if (kept && response.status === 200) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin || request.headers.has('range')) return;
  event.respondWith(answer(request));
});
