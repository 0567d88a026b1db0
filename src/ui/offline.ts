/** The service worker that keeps the built page, so that it opens without a network after the first visit. Rejects where the browser has none for it. */
export async function registerOffline(): Promise<void> {
  if (!import.meta.env.PROD) throw new Error('a page that is developed is not kept');
  await navigator.serviceWorker.register('./sw.js');
}

/** Has the page kept, once per visit, where the browser allows it (a private window may not): else it needs its network, as any page does. */
export async function keepPage(): Promise<void> {
  try {
    await registerOffline();
    const registration = await navigator.serviceWorker.ready;
    registration.active?.postMessage('opened');
  } catch {
    return;
  }
}
