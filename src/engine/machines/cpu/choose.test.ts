import { afterEach, describe, expect, test, vi } from 'vitest';
import { BUILDS, compiled } from '../../../testing/machines/cpu.js';
import { chooseBuild, type Builds } from './choose.js';

const builds = async (): Promise<Builds> => ({
  'cpu-simd': await compiled('cpu-simd'),
  'cpu-relaxed': await compiled('cpu-relaxed'),
});

/** Replaces the clock: it advances by `milliseconds(reading)` at each reading. */
function clock(milliseconds: (reading: number) => number): void {
  let now = 0;
  let reading = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += milliseconds(reading++)));
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the build that a host chooses', () => {
  test.each(BUILDS)('is %s if it is asked for', async (only) => {
    const choice = chooseBuild(await builds(), only);
    expect(choice.build).toBe(only);
    expect(choice.gflops).toBeGreaterThan(0.1);
  });

  test('is never replaced by another if it is asked for', async () => {
    const simd = { 'cpu-simd': await compiled('cpu-simd') };
    expect(() => chooseBuild(simd, 'cpu-relaxed')).toThrow('cpu-relaxed: WebAssembly has no relaxed SIMD here');
  });

  test('is the only one that there is', async () => {
    expect(chooseBuild({ 'cpu-simd': await compiled('cpu-simd') }).build).toBe('cpu-simd');
  });

  test('has a finite speed with a coarse clock', async () => {
    const real = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => Math.floor(real() / 16) * 16);
    const { gflops } = chooseBuild(await builds());
    expect(gflops).toBeGreaterThan(0.1);
    expect(gflops).toBeLessThan(1e4);
  });

  test('is the relaxed one although a busy host makes it slow for a while', async () => {
    // Trials take turns, the relaxed build's first; each reads the clock before and after.
    clock((reading) => (reading < 40 && reading % 4 === 1 ? 500 : 10));
    expect(chooseBuild(await builds()).build).toBe('cpu-relaxed');
  });

  test('is the plain one if relaxed instructions stay slow', async () => {
    clock((reading) => (reading % 4 === 1 ? 20 : 10));
    expect(chooseBuild(await builds()).build).toBe('cpu-simd');
  });
});
