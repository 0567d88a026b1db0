import { expect, it } from 'vitest';
import { testCpu } from '../../src/testing/machines/cpu.js';
import { measure, PARTS } from './measure.js';
import { nodeHost } from './node.js';
import { requireThreads } from './runtime.js';

it('measures every part, on the smallest model', async () => {
  const host = { ...nodeHost, openCpu: (threads: number, build: 'cpu-simd' | 'cpu-relaxed') => testCpu(build, threads) };
  const choices = { models: ['bundled'], builds: ['cpu-simd'], parts: PARTS, batch: 1, threads: 1, seconds: 0 } as const;
  const rows = [];
  for await (const row of measure(host, choices)) rows.push(row);
  expect(rows).toHaveLength(PARTS.length);
  for (const { what, spread, medians } of rows) {
    expect(spread.pairs, what).toBe(5);
    expect(spread.median, what).toBeGreaterThan(0);
    expect(Math.min(...medians), what).toBeGreaterThan(0);
  }
});

it('refuses a peer that started fewer threads than it was told', () => {
  requireThreads(2, 1);
  requireThreads(1, 0);
  expect(() => requireThreads(2, 0)).toThrow('was told to use 2 threads and started 1');
});
