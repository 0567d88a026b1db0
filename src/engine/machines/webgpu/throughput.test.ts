import { describe, expect, it } from 'vitest';
import { Throughput } from './throughput.js';

describe('the work of a submission', () => {
  it('begins with the work of a weak adapter in a quarter of a second', () => {
    expect(new Throughput(true).macsPerSubmission).toBe(1e10);
    expect(new Throughput(false).macsPerSubmission).toBe(5e8);
  });

  it('grows at once to the measured rate, and shrinks slowly', () => {
    const throughput = new Throughput(true);
    throughput.learn(3e12, 1.5);
    expect(throughput.macsPerSubmission).toBe(5e11);
    throughput.learn(1e9, 1);
    expect(throughput.macsPerSubmission).toBeCloseTo(4.5e11, -3);
    for (let run = 0; run < 100; run++) throughput.learn(1e9, 1);
    expect(throughput.macsPerSubmission).toBe(2.5e8);
  });

  it('does not change if the clock shows no time', () => {
    const throughput = new Throughput(false);
    throughput.learn(1e12, 0);
    expect(throughput.macsPerSubmission).toBe(5e8);
  });
});
