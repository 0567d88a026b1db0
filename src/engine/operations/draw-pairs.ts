import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import { matchingOf, type Matching, type MatchShape } from './match.js';

type DrawnTensors = Pick<Matching, 'pairs'> & Partial<Omit<Matching, 'pairs'>>;

export interface DrawPairsCall extends MatchShape {
  /** The run's seed. */
  readonly seed: number;
  readonly block: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    drawPairs: { tensors: DrawnTensors; call: DrawPairsCall };
  }
}

const drawPairsDefinition = defineOperation({
  kind: 'drawPairs',
  access: { pairs: 'write', rowOf: 'write', originOf: 'write', score: 'write' },
  spare: ['rowOf', 'originOf', 'score'],
  decides: true,
});

/**
 * Draws random pairs from (seed, block) alone, the same for every picture, as a control for {@link match}. The result has the same form; a
 * score is the number drawn, from 0 to 1. Throws where r is below 1 or above half of the tokens that are not protected.
 */
export function drawPairs(recorder: Recorder, { label, ...call }: DrawPairsCall & { readonly label: string }): Matching {
  const matching = matchingOf(recorder, label, call);
  recorder.record({ definition: drawPairsDefinition, label, tensors: matching, call });
  return matching;
}
