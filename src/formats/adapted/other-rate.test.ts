import { expect, it } from 'vitest';
import type { Architecture } from '../../vit/architecture.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { PAPER_RECIPE, type Configuration } from '../../vit/configuration.js';
import { adapterSizes } from '../../vit/adapters/index.js';
import { trainedShapes } from '../../vit/weights.js';
import type { AdaptedModel } from '../types.js';
import { atOtherRate } from './other-rate.js';

const ARCHITECTURE: Architecture = {
  ...{
    imageSize: 16,
    patchSize: 4,
    embedDim: 8,
    depth: 3,
    heads: 2,
    mlpHidden: 16,
    distilled: false,
    registers: 0,
    antialiasedPositions: false,
    framing: WHOLE_PICTURE,
    layerNormEpsilon: 1e-6,
  },
  ...{ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
};

/** Every trained weight counts up from 1. */
function adapted(method: Configuration['method'], schedule: readonly number[]): AdaptedModel {
  const configuration: Configuration = { ...PAPER_RECIPE, imageSize: 16, method, loraRank: 2, schedule: schedule.join() };
  const sizes = adapterSizes(configuration);
  const shapes = trainedShapes(ARCHITECTURE, { method, schedule, classes: 3, sizes, trainsBackboneFor: null });
  const trained = new Map(
    shapes.map(({ name, shape }) => [
      name,
      { shape: [...shape], data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1) },
    ]),
  );
  return {
    metadata: {
      version: 1,
      configuration,
      architecture: ARCHITECTURE,
      classes: ['a', 'b', 'c'],
      schedule: [...schedule],
      accuracy: { validation: null, test: null },
    },
    backbone: { names: () => [], shape: () => undefined, read: () => Promise.reject(new Error('is not read')) },
    trained,
  };
}

it('weights adapted without merging merge as in ToMe, and a note says so', () => {
  const model = adapted('none', [0, 0, 0]);
  const { model: other, notes } = atOtherRate(model, '2,2,0');
  expect(other.metadata).toMatchObject({ configuration: { method: 'tome' }, schedule: [2, 2, 0] });
  expect([...other.trained]).toEqual([...model.trained]);
  expect(notes).toEqual(['2,2,0: was adapted without merging; merged as ToMe does']);
});

it("keeps PYRA's rows of the most similar pairs, has 0 for pairs that were never trained, and says so", () => {
  const { model, notes } = atOtherRate(adapted('pyra', [3, 2, 0]), '1,4,1');
  expect(model.metadata.schedule).toEqual([1, 4, 1]);
  const rows = (block: number): number[] => [...(model.trained.get(`blocks.${block}.pyra_a`)?.data ?? [])];
  expect([rows(0), rows(1), rows(2)]).toEqual([[1], [1, 2, 0, 0], [0]]);
  expect(model.metadata.trainedPairs).toEqual([1, 2, 0]);
  expect([...(model.trained.get('blocks.2.pyra_b')?.data ?? [])]).toEqual(Array(8).fill(0));
  expect([...(model.trained.get('blocks.1.pyra_b')?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(notes).toEqual([
    expect.stringMatching(
      /^1,4,1: more pairs merge than in training, in 2 blocks; weights of pairs .* are 0, and those pairs merge as ToMe does$/,
    ),
  ]);
});

it('without merging nothing of the method is left', () => {
  const { model, notes } = atOtherRate(adapted('pyra', [3, 2, 0]), 'none');
  expect(model.metadata).toMatchObject({ configuration: { method: 'none' }, schedule: [0, 0, 0] });
  expect([...model.trained.keys()].filter((name) => name.includes('pyra'))).toEqual([]);
  expect(notes).toEqual([]);
});

it('counts a weight once, whatever the rates', () => {
  const { model: more } = atOtherRate(adapted('pyra', [3, 2, 0]), '3,4,1');
  expect(more.metadata.trainedPairs).toEqual([3, 2, 0]);
  const { model: again, notes } = atOtherRate(more, '3,2,0');
  expect([again.metadata.trainedPairs, notes]).toEqual([undefined, []]);
  expect(atOtherRate(more, '2,3,0').model.metadata.trainedPairs).toEqual([2, 2, 0]);
});

it('refuses a schedule that does not fit', () => {
  expect(() => atOtherRate(adapted('tome', [1, 1, 1]), '9,0,0')).toThrow(/block 0/);
});
