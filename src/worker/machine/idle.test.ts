import { expect, it } from 'vitest';
import { testCpu } from '../../testing/machines/cpu.js';
import { Engine } from './engine.js';
import { improveWhenIdle } from './idle.js';

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

it('measures further while nothing runs, one search at a time, and opens nothing for it', async () => {
  const machine = await testCpu('cpu-simd');
  const searches: (() => void)[] = [];
  const improving = Object.assign(Object.create(machine) as typeof machine, {
    improve: () => new Promise<boolean>((resolve) => searches.push(() => resolve(true))),
  });
  let [open, idle] = [false, false];
  let tick = (): void => undefined;
  const engine = new Engine(improving);
  improveWhenIdle({
    opened: () => (open ? Promise.resolve(engine) : null),
    idle: () => idle,
    every: (_, work) => (tick = work),
  });
  const look = async (): Promise<number> => {
    tick();
    await settled();
    return searches.length;
  };
  expect(await look()).toBe(0);
  idle = true;
  expect(await look()).toBe(0);
  open = true;
  expect(await look()).toBe(1);
  expect(await look()).toBe(1);
  searches[0]?.();
  await settled();
  expect(await look()).toBe(2);
  searches[1]?.();
  await settled();
  idle = false;
  expect(await look()).toBe(2);
});
