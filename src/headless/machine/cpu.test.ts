import { expect, test } from 'vitest';
import { trained } from '../../testing/machines/small-network.js';
import { openCpu } from './cpu.js';

test.each(['cpu-simd', 'cpu-relaxed'] as const)(
  'threads of Node give the same bytes, one, two or three of them: %s',
  async (build) => {
    const results = [];
    for (const threads of [1, 2, 3]) {
      const machine = await openCpu(threads, build);
      expect(machine).toMatchObject({ build, threads });
      results.push(await trained(machine, 3));
      machine.destroy();
    }
    const [one, two, three] = results;
    expect(one?.losses.every(Number.isFinite)).toBe(true);
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  },
);
