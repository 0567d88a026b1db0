import type { MergeMap } from '../../../protocol/maps.js';
import type { MergedPair } from '../../../results/maps/pair.js';

/** What a step of the diagram draws: a pair of a map. */
export interface StepProps {
  readonly map: MergeMap;
  readonly pair: MergedPair;
}
