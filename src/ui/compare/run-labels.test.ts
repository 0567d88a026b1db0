import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE, type Configuration } from '../../vit/configuration.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { differencesAmong, runLabel } from './run-labels.js';

const run = (change: Partial<Configuration>, name = 'x') => ({
  ...fakeRun('id', { ...PAPER_RECIPE, ...change }, 'finished', 1),
  name,
});

describe('labels of runs', () => {
  it('say method, schedule and seed; without merging they say no schedule', () => {
    expect(runLabel(run({ method: 'pyra', schedule: 'high', seed: 3 }))).toBe('PYRA high, seed 3');
    expect(runLabel(run({ method: 'none', schedule: 'high' }))).toBe('No merging, seed 0');
  });

  it('name only options that differ between the runs', () => {
    const all = [{ seed: 0 }, { seed: 1, loraRank: 4 }, { peft: 'both', epochs: 3 } as const].map((change) => ({
      ...PAPER_RECIPE,
      ...change,
    }));
    const differences = differencesAmong(all);
    expect(all.map(differences)).toEqual([
      ['LoRA 8', '100 epochs'],
      ['LoRA 4', '100 epochs'],
      ['LoRA 8, adapter 8', '3 epochs'],
    ]);
    expect(differencesAmong(all.slice(0, 1))(PAPER_RECIPE)).toEqual([]);
  });
});
