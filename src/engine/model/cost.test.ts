import { describe, expect, it } from 'vitest';
import type { Architecture, TokensInFront } from '../../vit/architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { METHODS } from '../../vit/methods/index.js';
import { macsOf, Recorder } from '../plan/record.js';
import { sketchStorage } from '../plan/tensor.js';
import { setUpRun } from '../training/setup.js';
import { Backbone } from './backbone.js';
import { evaluationProgram } from './evaluator.js';
import { stateOn } from './network.js';

const ARCHITECTURE: Omit<Architecture, keyof TokensInFront> = {
  ...{ imageSize: 64, patchSize: 8, embedDim: 48, depth: 3, heads: 3, mlpHidden: 120, layerNormEpsilon: 1e-6 },
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  antialiasedPositions: false,
  framing: WHOLE_PICTURE,
};
const CLASSES = 7;

const IN_FRONT: readonly TokensInFront[] = [
  { distilled: false, registers: 0 },
  { distilled: true, registers: 0 },
  { distilled: false, registers: 4 },
];

describe.each(IN_FRONT)('the reported cost of a forward, %o', (tokens) => {
  it.each(METHODS.flatMap((method) => (['linear', 'lora', 'adapter'] as const).map((peft) => [method, peft] as const)))(
    'is what is recorded of it: %s, %s',
    (method, peft) => {
      const architecture = { ...ARCHITECTURE, ...tokens };
      const setup = setUpRun({ ...PAPER_RECIPE, imageSize: 64, method, peft, schedule: '9,5,4' }, architecture, CLASSES);
      const state = stateOn(
        sketchStorage,
        architecture,
        Backbone.sketch(architecture, { gridSide: 8, half: false }),
        setup.options,
      );
      const recorder = new Recorder();
      evaluationProgram(state, 1).record(recorder, 1);
      expect(macsOf(recorder.finish().operations)).toBe(setup.macs);
    },
  );
});
