/*
 * Keeps the page for use without a network, and holds it to its own origin. The build writes the list of its files (offline.json)
 * and the page's content security policy (policy.js) beside this one. On every visit what is new is fetched and what is gone is
 * let go. The page itself is asked from the network first, so that a new build is seen; built files carry a hash in their names,
 * so a kept one is never stale.
 */
importScripts('./policy.js');

const CACHE = 'pyra-playground-1';
const LIST = './offline.json';

/** Origin of the hub, and where it redirects downloads to. */
const HUB = 'https://huggingface.co';
const HUB_STORES = ['https://*.huggingface.co', 'https://*.hf.co'];

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

/** The worker that downloads from one other host, which stands in the address of its script. */
const downloads = (url) => /\/assets\/downloads-[\w-]+\.js$/.test(url.pathname);

/**
 * What that worker may reach: the page's files and the host that the person named. Null for anything but the plain origin of a
 * host, with TLS or on this machine: a policy is made of the text.
 */
function downloadsPolicy(given) {
  const [, scheme, host] = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?$/.exec(given ?? '') ?? [];
  const local = host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  if (host === undefined || (scheme === 'http' && !local)) return null;
  const hosts = given === HUB ? [HUB, ...HUB_STORES] : [given];
  return `default-src 'none'; script-src 'self'; connect-src 'self' ${hosts.join(' ')}`;
}

/** The answer with a policy: the downloading worker's own, and the page's for what can run and came with none. */
function held(response, url) {
  const headers = new Headers(response.headers);
  if (downloads(url)) {
    const policy = downloadsPolicy(url.searchParams.get('connect'));
    if (policy === null) return new Response(null, { status: 400 });
    headers.set('Content-Security-Policy', policy);
  } else {
    const runs = /html|javascript/.test(headers.get('Content-Type') ?? '');
    if (!runs || headers.has('Content-Security-Policy')) return response;
    headers.set('Content-Security-Policy', self.PAGE_POLICY);
  }
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const url = new URL(request.url);
  // A server's `Vary: Origin` would tell a script's request from the one that was kept; the file is the same. So is the script of
  // a worker, whatever host its address names.
  const ignoreSearch = request.mode === 'navigate' || downloads(url);
  const kept = await cache.match(request, { ignoreVary: true, ignoreSearch });
  if (kept && hashed(url)) return held(kept, url);
  try {
    const response = await fetch(request);
    if (kept && response.status === 200) await cache.put(request, response.clone());
    return response.ok ? held(response, url) : response;
  } catch (error) {
    if (kept) return held(kept, url);
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin || request.headers.has('range')) return;
  event.respondWith(answer(request));
});
