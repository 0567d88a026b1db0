import { dataInUse, estimateFacts, modelInUse, occupied, paneFacts } from './facts.js';
import { optionsKey } from '../protocol/provenance.js';
import { choiceKey, dataKey, remembered } from './keys.js';
import { hashOf, readHash } from './link.js';
import type { Playground, PlaygroundStore, Services } from './state.js';

const ESTIMATE_DELAY = 250;
const MAP_DELAY = 120;
const DATA_DELAY = 200;

// Remembered: the state after one change is the state before the next.
const estimateKey = remembered((state: Playground) =>
  optionsKey({ ...estimateFacts(state), training: state.training === 'idle' }),
);
const mapKey = remembered((state: Playground) =>
  optionsKey({ first: paneFacts(state, 'first'), second: paneFacts(state, 'second'), training: state.training === 'idle' }),
);

/** What follows from a change of the state: the address, the estimate, the data and the backbone that are set up, the maps. */
export function connectEffects(store: PlaygroundStore, { address, delay }: Services): void {
  const debounced = (milliseconds: number, work: () => void): (() => void) => {
    let cancel: (() => void) | null = null;
    return () => {
      cancel?.();
      cancel = delay(work, milliseconds);
    };
  };
  const free = (): boolean => store.getState().connection === 'ready' && !occupied(store.getState());
  const estimate = debounced(ESTIMATE_DELAY, () => void store.getState().refreshEstimate());
  const data = debounced(DATA_DELAY, () => {
    const { configuration, ensureData } = store.getState();
    if (free()) void ensureData(configuration);
  });
  const model = debounced(DATA_DELAY, () => {
    const { configuration, ensureModel } = store.getState();
    if (free()) void ensureModel(configuration);
  });
  const maps = debounced(MAP_DELAY, () => {
    store.getState().followMap('first');
    store.getState().followMap('second');
  });

  const first = readHash(address.read());
  if (first.kind === 'problem') {
    const message = `${first.message}; the defaults are set instead.`;
    store.getState().report('link', { code: 'option.invalid', message });
  } else address.write(hashOf(store.getState().configuration));

  store.subscribe((state, before) => {
    const { configuration } = state;
    if (configuration !== before.configuration) address.write(hashOf(configuration));
    // However the picture changed: a run that trains sends maps of the picture that it was told, and no others are shown. Not awaited:
    // the map would wait for an answer that a busy page is late to read. The worker takes the calls in their order.
    if (state.picture !== before.picture && state.training !== 'idle') void state.watchPicture();
    // A finished run has measured the adapter's speed, which changes the estimate.
    if (estimateKey(state) !== estimateKey(before)) estimate();
    if (choiceKey(configuration) !== choiceKey(before.configuration)) model();
    if (dataKey(configuration) !== dataKey(before.configuration)) data();
    if (dataInUse(state) !== dataInUse(before)) {
      clampPicture(store);
      // Maps wait until a picture is proposed, so that they are made once.
      void store.getState().proposePicture().then(maps);
    } else if (modelInUse(state) !== modelInUse(before) || mapKey(state) !== mapKey(before)) maps();
  });
}

/** The chosen picture may not be in a smaller data set. */
function clampPicture(store: PlaygroundStore): void {
  const { picture } = store.getState();
  const data = dataInUse(store.getState());
  if (!data || picture.part === 'own' || picture.part === 'photograph' || picture.index < data.pictures[picture.part]) return;
  store.setState({ picture: { part: 'validation', index: 0 }, pictureChosen: false });
}
