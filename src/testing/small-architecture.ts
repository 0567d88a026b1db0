import { plainArchitecture } from '../vit/architecture.js';

/** One block of one head, and four patches in a picture of 8 pixels. */
export const SMALL_ARCHITECTURE = plainArchitecture({ imageSize: 8, patchSize: 4, embedDim: 16, depth: 1, heads: 1 });
