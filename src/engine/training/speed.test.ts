import { expect, it } from 'vitest';
import { testCpu } from '../../testing/machines/cpu.js';
import { measureProducts } from './speed.js';

it('measures a machine and frees all memory', async () => {
  const machine = await testCpu('cpu-simd', 1);
  const before = machine.allocatedBytes;
  expect(await measureProducts(machine)).toBeGreaterThan(0.1);
  expect(machine.allocatedBytes).toBe(before);
  machine.destroy();
});
