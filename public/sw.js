/*
 * Keeps the page for use without a network: everything of its own origin that was fetched once. The page itself is asked
 * from the network first, so that a new build is seen; built files carry a hash in their names, so a kept one is never stale.
 */
const CACHE = 'pyra-playground-1';

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(['./', './icon.svg', './manifest.webmanifest']);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

/** The page sends what it had loaded before this worker was there, so that the first visit is enough. */
self.addEventListener('message', (event) => {
  const addresses = event.data?.keep;
  if (!Array.isArray(addresses)) return;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const own = addresses.filter((address) => new URL(address, self.location.href).origin === self.location.origin);
      await Promise.allSettled(own.map(async (address) => ((await cache.match(address)) ? undefined : cache.add(address))));
    })(),
  );
});

const hashed = (url) => url.pathname.includes('/assets/');

async function answer(request) {
  const cache = await caches.open(CACHE);
  const url = new URL(request.url);
  const kept = await cache.match(request, { ignoreSearch: request.mode === 'navigate' });
  if (kept && hashed(url)) return kept;
  try {
    const response = await fetch(request);
    if (response.status === 200) await cache.put(request, response.clone());
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
