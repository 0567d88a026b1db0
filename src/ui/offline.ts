/**
 * Registers the service worker that keeps the built page, so that it opens without a network after the first visit. What the
 * page and its worker loaded before the service worker was there is named to it, to be kept as well.
 */
export function registerOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const keep = async (): Promise<void> => {
    await navigator.serviceWorker.register('./sw.js');
    const registration = await navigator.serviceWorker.ready;
    const send = (entries: readonly PerformanceEntry[]): void =>
      registration.active?.postMessage({ keep: entries.map((entry) => entry.name) });
    send(performance.getEntriesByType('resource'));
    new PerformanceObserver((list) => send(list.getEntries())).observe({ type: 'resource' });
  };
  // A browser may forbid it (a private window); the page then needs its network, as any page does.
  window.addEventListener('load', () => void keep().catch(() => undefined));
}
