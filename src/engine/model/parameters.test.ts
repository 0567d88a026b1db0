import { describe, expect, it } from 'vitest';
import { initialParameters, layOutParameters, unflatten } from './parameters.js';
import { SMALL_ARCHITECTURE } from '../../testing/small-architecture.js';
import type { NetworkOptions } from './types.js';

const architecture = { ...SMALL_ARCHITECTURE, imageSize: 32, patchSize: 8, depth: 3 };

function initial(change: Partial<NetworkOptions>, seed = 4) {
  const layout = layOutParameters(architecture, {
    ...{ imageSize: 32, classes: 5, method: 'pyra', loraRank: 2, adapterWidth: 0, schedule: [3, 0, 2] },
    ...{ proportionalAttention: true, dropout: 0, dropPath: 0, seed, ...change },
  });
  return unflatten(layout, initialParameters(layout, seed));
}

describe('initial weights', () => {
  it('are the same for two methods, except for weights that only one has', () => {
    const [pyra, tome] = [initial({}), initial({ method: 'tome', adapterWidth: 3 })];
    const shared = [...pyra.keys()].filter((name) => tome.has(name));
    expect(shared).toHaveLength(2 * 3 + 2);
    for (const name of shared) expect([...pyra.get(name)!.data], name).toEqual([...tome.get(name)!.data]);
    expect([...pyra.keys()].filter((name) => name.endsWith('pyra_a'))).toEqual(['blocks.0.pyra_a', 'blocks.2.pyra_a']);
  });

  it('differ from block to block and from seed to seed', () => {
    const first = initial({});
    const drawn = ['blocks.0', 'blocks.1', 'blocks.2'].map((block) => first.get(`${block}.attn.LoRA_a.weight`)!.data.join());
    expect(new Set(drawn).size).toBe(3);
    expect(initial({}, 5).get('head.weight')!.data).not.toEqual(first.get('head.weight')!.data);
  });

  it('are the authors’: LoRA_a uniform to 1 / sqrt(C), pyra_a uniform to 1, the head normal with 0.02, the rest zero or one', () => {
    const weights = initial({ classes: 400 });
    const bounds = (name: string) => [Math.min(...weights.get(name)!.data), Math.max(...weights.get(name)!.data)];
    const [least, most] = bounds('blocks.0.attn.LoRA_a.weight');
    expect(least).toBeGreaterThanOrEqual(-0.25);
    expect(least).toBeLessThan(-0.15);
    expect(most).toBeLessThanOrEqual(0.25);
    expect(most).toBeGreaterThan(0.15);
    expect(bounds('blocks.0.attn.LoRA_b.weight')).toEqual([0, 0]);
    expect(bounds('blocks.0.pyra_b')).toEqual([0, 0]);
    expect(bounds('blocks.0.pyra_norm.weight')).toEqual([1, 1]);
    for (const value of weights.get('blocks.0.pyra_a')!.data) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    const head = weights.get('head.weight')!.data;
    const deviation = Math.sqrt(head.reduce((sum, value) => sum + value * value, 0) / head.length);
    // A normal distribution cut at two deviations has 0.88 of its deviation; 6400 draws estimate it to about 1 %.
    expect(deviation).toBeGreaterThan(0.0168);
    expect(deviation).toBeLessThan(0.0184);
    expect(Math.max(...head.map(Math.abs))).toBeLessThanOrEqual(0.04);
  });
});
