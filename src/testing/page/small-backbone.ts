import type { WeightReader } from '../../formats/types.js';
import { BUNDLED, NO_ANSWERS } from '../../vit/configuration.js';
import type { Model } from '../../worker/inputs/models.js';
import { SMALL_ARCHITECTURE } from '../small-architecture.js';

const unread: WeightReader = {
  names: () => [],
  shape: () => undefined,
  read: () => Promise.reject(new Error('the network reads no weights here')),
};

/** The bundled backbone as the page's worker holds one, of {@link SMALL_ARCHITECTURE}. */
export const smallBackbone = (reader = unread): Model => ({
  ...{ key: 'small', name: BUNDLED, architecture: SMALL_ARCHITECTURE },
  loaded: {
    ...{ name: BUNDLED, format: 'timm', architecture: SMALL_ARCHITECTURE, adapted: null, notes: [], guesses: [], folded: [] },
    ...{ unused: [], reader },
  },
  summary: {
    ...{ fingerprint: 'small', name: BUNDLED, answers: NO_ANSWERS, format: 'timm', architecture: SMALL_ARCHITECTURE },
    ...{ parameters: 0, notes: [], unusedTensors: [] },
  },
});
