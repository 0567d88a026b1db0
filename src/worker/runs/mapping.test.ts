import { expect, it } from 'vitest';
import type { Network } from '../../engine/model/types.js';
import { yieldToHost } from '../../engine/training/event-loop.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { MeanPixelNetwork } from '../../testing/mean-pixel-network.js';
import { Events } from '../events.js';
import { Maps } from './mapping.js';
import type { Model } from '../inputs/models.js';
import { MemoryFiles } from '../kept/private-files.js';
import { smallBackbone } from '../../testing/page/small-backbone.js';
import { RunStore } from '../kept/run-store.js';

const SIDE = 8;
const MODEL = smallBackbone();

it('a network is not dropped under a map that is being made', async () => {
  let alive = 0;
  const usedDead: boolean[] = [];
  const pass = async (turns: number): Promise<void> => {
    for (let turn = 0; turn < turns; turn++) await yieldToHost();
  };
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
    { picture: async () => ({ pixels: new Uint8Array(SIDE * SIDE * 4), data: null, truth: null }) },
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

/** A network whose tracer answers with its own logits. */
function predicting(classes: number): Network {
  const inner = new MeanPixelNetwork({ side: SIDE, classes, width: 16 });
  return Object.assign(inner, {
    tracer: async () => {
      const evaluator = await inner.evaluator(1);
      return {
        trace: async (pixels: Uint8Array<ArrayBuffer>) => ({
          logits: await evaluator.logits({ pixels, count: 1 }),
          blocks: [],
          milliseconds: 1,
        }),
        destroy: () => undefined,
      };
    },
  });
}

it('a backbone with a head of its own predicts, under the names of its own classes', async () => {
  const heads = new Map([
    ['head.weight', { shape: [3, 16], data: new Float32Array(48) }],
    // The mean colour is nothing here, so the bias decides.
    ['head.bias', { shape: [3], data: Float32Array.of(0, Math.log(2), 0) }],
  ]);
  const reader = {
    names: () => [...heads.keys()],
    shape: (name: string) => heads.get(name)?.shape,
    read: async (name: string) => heads.get(name) ?? Promise.reject(new Error(name)),
  };
  const mapOf = (labels: readonly string[]) => {
    const model: Model = { ...MODEL, loaded: { ...MODEL.loaded, labels, reader } };
    const maps = new Maps(
      async () => ({ network: async (_model, { options }) => predicting(options.classes) }),
      { require: async () => model, requireFor: async () => model },
      { picture: async () => ({ pixels: new Uint8Array(SIDE * SIDE * 4), data: null, truth: null }) },
      new RunStore(new MemoryFiles()),
      new Events(),
    );
    const configuration = { ...PAPER_RECIPE, imageSize: SIDE, method: 'none' as const };
    return maps.map({ weights: { kind: 'backbone' }, picture: { part: 'test', index: 0 }, configuration });
  };
  const map = await mapOf(['cat', 'dog', 'cow']);
  expect(map).toMatchObject({
    backbone: 'small',
    classes: ['cat', 'dog', 'cow'],
    configuration: { method: 'none', imageSize: SIDE },
  });
  expect([...map.probabilities].map((value) => value.toFixed(4))).toEqual(['0.2500', '0.5000', '0.2500']);
  const unnamed = await mapOf(['cat', 'dog']);
  expect(unnamed.classes).toEqual([]);
  expect(unnamed.probabilities).toHaveLength(0);
});
