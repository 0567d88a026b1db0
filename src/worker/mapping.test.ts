import { expect, it } from 'vitest';
import type { Network } from '../engine/model/types.js';
import { PAPER_RECIPE } from '../protocol/configuration.js';
import { MeanPixelNetwork } from '../testing/mean-pixel-network.js';
import { Events } from './events.js';
import { Maps, softmax } from './mapping.js';
import type { Model } from './models.js';
import { MemoryFiles } from './private-files.js';
import { RunStore } from './run-store.js';

const SIDE = 8;
const MODEL: Model = {
  key: 'small',
  name: 'bundled',
  architecture: {
    imageSize: SIDE,
    patchSize: 4,
    embedDim: 16,
    depth: 1,
    heads: 1,
    mlpHidden: 64,
    distilled: false,
    layerNormEpsilon: 1e-6,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
  get loaded(): never {
    throw new Error('the network reads no weights here');
  },
  get summary(): never {
    throw new Error('nobody asks here');
  },
};

it('a network is not dropped under a map that is being made', async () => {
  let alive = 0;
  const usedDead: boolean[] = [];
  const pass = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const network = async (): Promise<Network> => {
    await pass(10);
    const inner = new MeanPixelNetwork({ side: SIDE, classes: 2 });
    return Object.assign(inner, {
      tracer: async () => {
        let dead = false;
        alive++;
        return {
          trace: async () => {
            usedDead.push(dead);
            await pass(1);
            usedDead.push(dead);
            return { logits: Float32Array.of(0, 0), blocks: [], milliseconds: 1 };
          },
          destroy: () => {
            dead = true;
            alive--;
          },
        };
      },
    });
  };
  const maps = new Maps(
    async () => ({ network }),
    { require: async () => MODEL, requireFor: async () => MODEL },
    { picture: async () => ({ pixels: new Uint8Array(SIDE * SIDE * 4), label: 0 }) },
    new RunStore(new MemoryFiles()),
    new Events(),
  );
  const configuration = { ...PAPER_RECIPE, imageSize: SIDE, method: 'none' as const };
  const request = { weights: { kind: 'backbone' as const }, picture: { part: 'test' as const, index: 0 }, configuration };
  const asked = [maps.map(request), maps.map(request)];
  await pass(1);
  // Asked for while the first is compiled, as when a person presses Adapt at once.
  const forgotten = maps.forget();
  expect((await Promise.all(asked)).map(({ imageSize }) => imageSize)).toEqual([SIDE, SIDE]);
  await forgotten;
  expect(usedDead).toEqual([false, false, false, false]);
  expect(alive).toBe(0);
});

it('probabilities come from logits of any size', () => {
  // e / (1 + e), 1 / (1 + e)
  expect([...softmax(Float32Array.of(1001, 1000))].map((value) => value.toFixed(6))).toEqual(['0.731059', '0.268941']);
});
