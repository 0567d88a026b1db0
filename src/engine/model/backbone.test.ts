import { expect, it } from 'vitest';
import { SMALL_ARCHITECTURE } from '../../testing/small-architecture.js';
import { smallModel } from '../../testing/small-model.js';
import { sketchStorage, type StorageMaker } from '../plan/tensor.js';
import { Backbone } from './backbone.js';
import type { BackboneReader } from './types.js';

const { embedDim, patchSize, imageSize, depth } = SMALL_ARCHITECTURE;

/** Weights of the architecture. */
function reader(): BackboneReader {
  const weights = smallModel({
    ...{ seed: 3, channels: embedDim, hidden: 4 * embedDim, patch: patchSize, grid: imageSize / patchSize },
    ...{ classes: 4, distilled: false, rank: 0, adapterWidth: 0, r: Array.from({ length: depth }, () => 0) },
  });
  return {
    shape: (name) => weights.get(name)?.shape,
    read: async (name) => {
      const tensor = weights.get(name);
      if (!tensor) throw new Error(`no weight ${name}`);
      return { shape: tensor.shape, data: Float32Array.from(tensor.data) };
    },
  };
}

/** A machine that lists what is made and released on it. */
function listing() {
  const made = new Map<string, Float32Array[]>();
  const released: string[] = [];
  const make: StorageMaker = (options) => {
    const { label, data } = options;
    made.set(label, [...(made.get(label) ?? []), data instanceof Float32Array ? data : new Float32Array()]);
    return { ...sketchStorage(options), release: () => void released.push(label) };
  };
  return { make, made, released };
}

it('has the same weights for another grid, and positions of its own that are those of a backbone uploaded for that grid', async () => {
  const [shared, apart] = [listing(), listing()];
  const backbone = await Backbone.upload(shared.make, SMALL_ARCHITECTURE, reader(), { gridSide: 2, half: false });
  const before = shared.made.size;
  const larger = backbone.forGrid(5);
  const direct = await Backbone.upload(apart.make, SMALL_ARCHITECTURE, reader(), { gridSide: 5, half: false });
  expect(shared.made.size).toBe(before);
  expect([...shared.made].filter(([, times]) => times.length > 1).map(([label]) => label)).toEqual(['positions']);
  expect(shared.made.get('positions')?.[1]).toEqual(apart.made.get('positions')?.[0]);
  expect([larger.parameters, larger.bytes]).toEqual([direct.parameters, direct.bytes]);
  const name = 'blocks.0.attn.qkv.weight';
  expect(larger.get(name).external?.storage).toBe(backbone.get(name).external?.storage);
  larger.release();
  expect(shared.released).toEqual(['positions']);
  backbone.release();
  expect(shared.released.length).toBe(1 + before);
});
