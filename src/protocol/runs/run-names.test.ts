import { describe, expect, it } from 'vitest';
import { fakeRun } from '../../testing/page/fake-api.js';
import { PEFTS } from '../../vit/adapters/index.js';
import { PAPER_RECIPE, type Configuration } from '../../vit/configuration.js';
import { METHODS } from '../../vit/methods/index.js';
import { runName } from '../../vit/names/run-name.js';
import { isNamed, nameOf } from './run-names.js';

const run = (change: Partial<Configuration>, name: string) => ({
  ...fakeRun('id', { ...PAPER_RECIPE, ...change }, 'finished', 1),
  name,
});

describe('the name of a run', () => {
  it('is told apart from one that repeats the configuration, whatever the run is', () => {
    for (const method of METHODS) {
      for (const peft of PEFTS) {
        const configuration = { ...PAPER_RECIPE, method, schedule: '16@-1', peft, seed: 2 };
        expect(isNamed(run(configuration, runName(configuration)))).toBe(false);
      }
    }
    expect(isNamed(run({ schedule: 'high' }, 'texture-pyra-high-lora8-seed0'))).toBe(false);
    expect(isNamed(run({ schedule: 'high' }, 'texture-pyra-high-lora8-seed1'))).toBe(true);
    expect(isNamed(run({}, 'the good one'))).toBe(true);
  });

  it('is the same wherever the run was made, and a person’s name stays', () => {
    const made = { schedule: 'high', data: 'task:texture' };
    const names = ['PYRA high, LoRA 8, seed 0', 'texture-pyra-high-lora8-seed0', 'pyra-high-lora-8-seed-0'];
    for (const name of names) expect(nameOf(run(made, name))).toBe('PYRA high, LoRA 8, seed 0');
    expect(nameOf(run(made, 'texture-pyra-high-good'))).toBe('texture-pyra-high-good');
  });
});
