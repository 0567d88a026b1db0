import './protocol/without-eval.js';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from './store/browser/client.js';
import { browserHistory } from './store/browser/history.js';
import { createDownloader } from './store/browser/downloader.js';
import { createPlayground } from './store/playground.js';
import type { PlaygroundStore } from './store/state.js';
import { browserNotices } from './store/browser/notices.js';
import { browserShelf } from './store/browser/shelf.js';
import { giveWay } from './store/browser/give-way.js';
import { createFrameScheduler } from './store/browser/pump.js';
import { browserWakefulness, stayAwake } from './store/browser/wake-lock.js';
import { App } from './ui/App.js';
import { PlaygroundContext } from './ui/playground.js';
import downloadsScript from './worker/downloads.ts?worker&url';
import { keepPage, registerOffline } from './ui/offline.js';
import './ui/styles/index.css';

/** Storage may be full or forbidden; the page works without it and forgets. */
const storage = {
  get: (key: string): string | null => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set: (key: string, value: string): void => {
    try {
      localStorage.setItem(key, value);
    } catch {
      return;
    }
  },
};

const { address, follow } = browserHistory();

const api = createClient((message) =>
  store.getState().report('connection', {
    code: 'internal',
    message: `The worker stopped (${message || 'no reason given'}): reload the page; finished epochs are kept.`,
  }),
);
const store: PlaygroundStore = createPlayground({
  api,
  downloader: createDownloader(downloadsScript, registerOffline),
  schedule: createFrameScheduler(),
  storage,
  address,
  notices: browserNotices,
  shelf: browserShelf(),
  delay: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
});

follow(store);
// Where something is kept, the browser is asked not to clear it when the disk runs short.
store.subscribe(({ keptData, keptModels }, before) => {
  const more = keptData.sets.length > before.keptData.sets.length || keptModels.models.length > before.keptModels.models.length;
  // A frame without an origin of its own is refused.
  if (more) void navigator.storage?.persist().catch(() => false);
});
const wakefulness = browserWakefulness();
if (wakefulness) stayAwake(store, wakefulness);
giveWay(store, api, window, () => performance.now());
// Not before: Firefox can leave a worker without its scripts for good whose page a service worker takes over while they load.
void store.getState().start().finally(keepPage);

const root = document.getElementById('root');
if (!root) throw new Error("index.html has no element with the id 'root'");
createRoot(root).render(
  <StrictMode>
    <PlaygroundContext value={store}>
      <App />
    </PlaygroundContext>
  </StrictMode>,
);
