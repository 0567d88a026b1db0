import { describe, expect, it } from 'vitest';
import type { HostTensor } from '../../engine/model/types.js';
import { setUpRun } from '../../engine/training/setup.js';
import type { Architecture } from '../../vit/architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { atRelativeRank, carryTrained, setUpToLook } from './looking.js';

const architecture: Architecture = {
  ...{ imageSize: 96, patchSize: 8, embedDim: 96, depth: 12, heads: 3, mlpHidden: 384, distilled: false, registers: 0 },
  ...{ antialiasedPositions: false, framing: WHOLE_PICTURE, layerNormEpsilon: 1e-6 },
  ...{ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
};
const photograph = { part: 'photograph', index: 0 } as const;

describe('a run looks', () => {
  const configuration = { ...PAPER_RECIPE, imageSize: 48, schedule: 'high' };
  const setup = setUpRun(configuration, architecture, 10);

  it('at a photograph with enough patches to see regions, and merges at its own rate there', () => {
    const { options, schedule } = setUpToLook(setup, configuration, photograph);
    expect(options).toMatchObject({ imageSize: 96, method: 'pyra' });
    expect(schedule.tokens[0]).toBe(145);
    expect(schedule.tokens.at(-1)).toBeLessThan(10);
  });

  it('at pictures that it is measured by as it trains on them', () => {
    expect(setUpToLook(setup, configuration, { part: 'validation', index: 0 })).toBe(setup);
    expect(setUpToLook(setup, configuration, { part: 'own', index: 0 })).toBe(setup);
  });

  it('at any picture in its own size where that is large enough, or where all weights are of that size', () => {
    const large = { ...configuration, imageSize: 96 };
    const ofLarge = setUpRun(large, architecture, 10);
    expect(setUpToLook(ofLarge, large, photograph)).toBe(ofLarge);
    const full = { ...configuration, peft: 'full' as const };
    const ofFull = setUpRun(full, architecture, 10);
    expect(setUpToLook(ofFull, full, photograph)).toBe(ofFull);
  });
});

describe('weights by rank', () => {
  it('are read at the same relative rank, and weigh together what they did', () => {
    expect([...atRelativeRank(Float32Array.of(4, 4), 8)]).toEqual(Array(8).fill(1));
    // Places -0.25 (the first), 0.25, 0.75 and 1.25 (the last) of 0 and 8, each halved.
    expect([...atRelativeRank(Float32Array.of(0, 8), 4)]).toEqual([0, 1, 3, 4]);
    expect([...atRelativeRank(Float32Array.of(1, 2, 3), 3)]).toEqual([1, 2, 3]);
  });

  it('go with the others to a network of more tokens, which keeps its own where the run has none', async () => {
    const tensor = (...values: number[]): HostTensor => ({ shape: [values.length], data: Float32Array.from(values) });
    let written: ReadonlyMap<string, HostTensor> = new Map();
    const network = {
      readTrained: async () =>
        new Map([
          ['head.bias', tensor(0, 0)],
          ['blocks.0.pyra_a', tensor(9, 9, 9, 9)],
          ['blocks.1.pyra_a', tensor(7)],
        ]),
      writeTrained: (weights: ReadonlyMap<string, HostTensor>) => (written = weights),
    };
    const trained = new Map([
      ['head.bias', tensor(1, 2)],
      ['blocks.0.pyra_a', tensor(0, 8)],
    ]);
    await carryTrained(trained, network);
    expect([...written].map(([name, { data }]) => [name, ...data])).toEqual([
      ['head.bias', 1, 2],
      ['blocks.0.pyra_a', 0, 1, 3, 4],
      ['blocks.1.pyra_a', 7],
    ]);
  });
});
