/** Registers the service worker that makes the built page open without a network. Rejects in development, and where the browser has none. */
export async function registerOffline(): Promise<void> {
  if (!import.meta.env.PROD) throw new Error('the development server’s page is not kept');
  await navigator.serviceWorker.register('./sw.js');
}

/** Keeps the page for use without a network, once per visit. Where the browser forbids it (a private window may), nothing changes. */
export async function keepPage(): Promise<void> {
  try {
    await registerOffline();
    const registration = await navigator.serviceWorker.ready;
    registration.active?.postMessage('opened');
  } catch {
    return;
  }
}
