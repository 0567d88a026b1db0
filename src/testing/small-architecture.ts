import type { Architecture } from '../vit/architecture.js';
import { WHOLE_PICTURE } from '../vit/framing.js';

/** Of a backbone that is small in all: one block of one head, and four patches in a picture of 8 pixels. */
export const SMALL_ARCHITECTURE: Architecture = {
  imageSize: 8,
  patchSize: 4,
  embedDim: 16,
  depth: 1,
  heads: 1,
  mlpHidden: 64,
  distilled: false,
  registers: 0,
  antialiasedPositions: false,
  framing: WHOLE_PICTURE,
  layerNormEpsilon: 1e-6,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};
