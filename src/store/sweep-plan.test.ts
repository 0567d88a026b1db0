import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE } from '../vit/configuration.js';
import { fakeRun } from '../testing/page/fake-api.js';
import { SMALL_ARCHITECTURE } from '../testing/small-architecture.js';
import { COMPARISON, notYetRun, planSweep, readSeeds } from './sweep-plan.js';

const architecture = { ...SMALL_ARCHITECTURE, imageSize: 32, patchSize: 8, depth: 2 };
const base = { ...PAPER_RECIPE, imageSize: 32 };

describe('seeds', () => {
  it.each([
    ['0', [0]],
    ['0 1 2', [0, 1, 2]],
    ['0, 4-6', [0, 4, 5, 6]],
  ])('%s', (text, seeds) => expect(readSeeds(text)).toEqual({ ok: true, seeds }));

  it.each([
    ['0 x 2', "'x' is no seed"],
    ['-1', "'-1' is no seed"],
    ['1.5', "'1.5' is no seed"],
    ['5-2', 'runs backwards'],
    ['4294967296', 'more than a seed can be'],
    ['0-1000', 'At most 100'],
    ['', 'At least one'],
  ])('%s is refused', (text, why) => expect(readSeeds(text)).toMatchObject({ ok: false, why: expect.stringContaining(why) }));
});

describe('a sweep', () => {
  const texts = { methods: ['none', 'tome'] as const, schedules: 'low high', seeds: '0-1' };

  it('is every combination', () => {
    expect(planSweep(base, architecture, texts)).toMatchObject({ schedules: null, seeds: null });
    expect(planSweep(base, architecture, texts).configurations).toHaveLength(6);
  });

  it.each([
    ['hihg', 'hihg: '],
    ['low 99,0', '99,0: Block 1 would merge 99 tokens'],
    ['1,2,3', '1,2,3: '],
    ['', 'At least one schedule'],
  ])('has no run with the schedules %j, and says why', (schedules, why) => {
    const plan = planSweep(base, architecture, { ...texts, schedules });
    expect(plan.configurations).toEqual([]);
    expect(plan.schedules).toContain(why);
  });

  it('without a method that merges needs no schedule', () => {
    expect(planSweep(base, architecture, { ...texts, methods: ['none'], schedules: 'hihg' }).configurations).toHaveLength(2);
  });

  it('has no run for invalid seeds', () => {
    const plan = planSweep(base, architecture, { ...texts, seeds: '0 x' });
    expect(plan.configurations).toEqual([]);
    expect(plan.seeds).toContain("'x'");
  });
});

describe('a comparison of PYRA with ToMe', () => {
  const drawn = { ...base, data: 'task:count' };
  const { configurations } = planSweep(drawn, architecture, COMPARISON);

  it('is both at two rates with three seeds, pairs beside each other', () => {
    expect(configurations).toHaveLength(12);
    expect(configurations.slice(0, 2).map(({ method, schedule, seed }) => [method, schedule, seed])).toEqual([
      ['tome', 'low', 0],
      ['pyra', 'low', 0],
    ]);
  });

  it('leaves out what a finished run has made, where the configuration decides the pictures', () => {
    const [first, second] = configurations;
    const runs = [fakeRun('a', first!, 'finished', 1), fakeRun('b', second!, 'stopped', 1)];
    expect(notYetRun(configurations, runs)).toEqual(configurations.slice(1));
    const given = configurations.map((configuration) => ({ ...configuration, data: 'pictures.zip' }));
    expect(notYetRun(given, [fakeRun('a', given[0]!, 'finished', 1)])).toHaveLength(12);
  });
});
