import type { Services } from '../state.js';

/**
 * The system's notifications. A page may make one itself on a desktop; on a phone only its service worker may, so that one is asked
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
    // What the system does not show is said on the page all the same.
    show().catch(() => undefined);
  },
};
