/** Registers the service worker that keeps the built page, so that it opens without a network after the first visit. */
export function registerOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const keep = async (): Promise<void> => {
    await navigator.serviceWorker.register('./sw.js');
    const registration = await navigator.serviceWorker.ready;
    registration.active?.postMessage('opened');
  };
  // A browser may forbid it (a private window); the page then needs its network, as any page does.
  window.addEventListener('load', () => void keep().catch(() => undefined));
}
