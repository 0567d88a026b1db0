import type { Services } from '../state.js';

/**
 * Notifications of the system. On a desktop a page can show one itself; on a phone only its service worker can, so that this is asked
 * first where there is one.
 */
export const browserNotices: Services['notices'] = {
  ask: async () => {
    if (!('Notification' in globalThis)) return false;
    return (await Notification.requestPermission()) === 'granted';
  },
  show: (title, text) => {
    const options = { body: text, tag: 'pyra-playground' };
    const show = async (): Promise<void> => {
      const registration = await navigator.serviceWorker?.getRegistration();
      if (registration?.active) await registration.showNotification(title, options);
      else new Notification(title, options);
    };
    // What the system does not show stands on the page anyway.
    show().catch(() => undefined);
  },
};
