import { expect, test } from 'vitest';
import { plainArchitecture } from '../../vit/architecture.js';
import { usesOf } from '../plan/operation.js';
import { Recorder } from '../plan/record.js';
import { sketchStorage } from '../plan/tensor.js';
import { Backbone } from './backbone.js';
import { backboneForm, MOST_TOKENS, stateOn } from './network.js';
import { trainingProgram } from './trainer.js';
import type { NetworkOptions } from './types.js';

/** What every WebGPU adapter binds at least. */
const LEAST_BINDING = 2 ** 27;
const PATCH = 16;

/** The bytes of the largest tensor of a training step on one picture. */
function largestTensor(embedDim: number, heads: number, imageSize: number): number {
  const depth = 2;
  const architecture = plainArchitecture({ imageSize, patchSize: PATCH, embedDim, depth, heads });
  const options: NetworkOptions = {
    ...{ imageSize, classes: 1000, method: 'none', schedule: Array<number>(depth).fill(0), loraRank: 8, adapterWidth: 0 },
    ...{ proportionalAttention: true, dropout: 0.1, dropPath: 0.1, seed: 0 },
  };
  const { gridSide, half } = backboneForm(architecture, options);
  const state = stateOn(sketchStorage, architecture, Backbone.sketch(architecture, { gridSide, half }), options);
  const recorder = new Recorder();
  trainingProgram(state, 1).record(recorder, 1);
  const used = recorder.finish().operations.flatMap((operation) => usesOf(operation).map(({ tensor }) => tensor));
  return used.reduce((most, { length, external }) => (external ? most : Math.max(most, 4 * length)), 0);
}

test.each([
  ['ViT-B/16', 768, 12],
  ['ViT-L/16', 1024, 16],
  ['1536 channels', 1536, 24],
])('every adapter binds all tensors of one picture of %s with as many tokens as are supported', (_, embedDim, heads) => {
  const gridSide = Math.floor(Math.sqrt(MOST_TOKENS - 1));
  const bytes = largestTensor(embedDim, heads, PATCH * gridSide);
  // The MLP's hidden layer.
  expect(bytes).toBe(4 * (gridSide ** 2 + 1) * 4 * embedDim);
  expect(bytes).toBeLessThan(LEAST_BINDING / 2);
});
