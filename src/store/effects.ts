import type { Configuration } from '../vit/configuration.js';
import { hashOf, readHash } from './link.js';
import { choiceKey } from './slices/models.js';
import type { PlaygroundStore, Services } from './state.js';

const ESTIMATE_DELAY = 250;
const MAP_DELAY = 120;
const DATA_DELAY = 200;

/** What the backbone's map depends on. */
const mapKey = (configuration: Configuration): string =>
  JSON.stringify([configuration.method, configuration.schedule, configuration.imageSize, configuration.proportionalAttention]);

/** What follows from a change of the state: the address, the estimate, the drawn task, the map of the set-up. */
export function connectEffects(store: PlaygroundStore, { address, delay }: Services): void {
  const debounced = (milliseconds: number, work: () => void): (() => void) => {
    let cancel: (() => void) | null = null;
    return () => {
      cancel?.();
      cancel = delay(work, milliseconds);
    };
  };
  const estimate = debounced(ESTIMATE_DELAY, () => void store.getState().refreshEstimate());
  const data = debounced(DATA_DELAY, () => {
    const { connection, training, configuration, ensureData } = store.getState();
    if (connection === 'ready' && training === 'idle') void ensureData(configuration);
  });
  const model = debounced(DATA_DELAY, () => {
    const { connection, training, configuration, ensureModel } = store.getState();
    if (connection === 'ready' && training === 'idle') void ensureModel(configuration);
  });
  const map = debounced(MAP_DELAY, () => {
    const { sources, training, refreshMap } = store.getState();
    if (sources.first.kind === 'setup' && training === 'idle') void refreshMap('first');
    if (sources.second?.kind === 'backbone') void refreshMap('second');
  });

  const first = readHash(address.read());
  if (first.kind === 'problem') store.getState().report('link', { code: 'option.invalid', message: first.message });
  else address.write(hashOf(store.getState().configuration));

  store.subscribe((state, before) => {
    const { configuration } = state;
    const changed = configuration !== before.configuration;
    if (changed) address.write(hashOf(configuration));
    const ended = state.training === 'idle' && before.training !== 'idle';
    // A run measures the adapter's speed, so the estimate is another one after it.
    if (changed || ended || state.data !== before.data || state.model !== before.model) estimate();
    if (choiceKey(configuration) !== choiceKey(before.configuration)) model();
    if (configuration.data !== before.configuration.data || configuration.seed !== before.configuration.seed) data();
    else if (configuration.splitSeed !== before.configuration.splitSeed) data();
    const mapChanged = mapKey(configuration) !== mapKey(before.configuration);
    if (state.data !== before.data) {
      clampPicture(store);
      // The map waits for the picture that is proposed, so that it is made once.
      void store.getState().proposePicture().then(map);
    } else if (mapChanged || state.model !== before.model) map();
  });
}

/** A smaller data set may not have the picture that was looked at. */
function clampPicture(store: PlaygroundStore): void {
  const { data, picture } = store.getState();
  if (!data || picture.part === 'own' || picture.index < data.pictures[picture.part]) return;
  store.setState({ picture: { part: 'validation', index: 0 }, pictureChosen: false });
}
