import { z } from 'zod';
import type { PlaygroundStore, Services } from '../state.js';
import { SCREENS } from '../state/preferences.js';

/** What the page notes with each of its entries in the browser's history. */
const entrySchema = z.object({ screen: z.enum(SCREENS) });

/** The address, whose fragment is the configuration, and the history of screens. */
export interface BrowserHistory {
  readonly address: Services['address'];
  /** Makes an entry of each change of the screen, so that Back and Forward go between screens and do not leave the page. */
  readonly follow: (store: PlaygroundStore) => void;
}

export function browserHistory(): BrowserHistory {
  let written = '';
  return {
    address: {
      read: () => location.hash,
      write: (hash) => {
        written = hash;
        history.replaceState(history.state, '', hash);
      },
    },
    follow: (store) => {
      history.replaceState({ screen: store.getState().screen }, '');
      let shown = store.getState().screen;
      store.subscribe(({ screen }) => {
        if (screen === shown) return;
        shown = screen;
        history.pushState({ screen }, '');
      });
      window.addEventListener('popstate', ({ state }: PopStateEvent) => {
        const entry = entrySchema.safeParse(state);
        // Without a screen it is a link that a person pasted.
        if (!entry.success) return;
        // The entry's fragment may be of before: the configuration stays as it is now.
        if (written !== '') history.replaceState(entry.data, '', written);
        shown = entry.data.screen;
        store.getState().show(shown);
      });
      window.addEventListener('hashchange', () => {
        if (location.hash !== written) store.getState().followAddress(location.hash);
      });
    },
  };
}
