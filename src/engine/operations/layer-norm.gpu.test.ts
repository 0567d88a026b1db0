import { expect, test } from 'vitest';
import { Bench, testGpu } from '../../testing/gpu.js';
import { recordLayerNorm } from './layer-norm.js';

test('normalises rows', async () => {
  const bench = new Bench(await testGpu());
  const y = bench.output('y', 10);
  recordLayerNorm(bench.plan, {
    label: 'norm',
    x: bench.input('x', [1, 2, 3, 4, 5, 2, 2, 2, 2, 7]),
    gamma: bench.input('gamma', [1, 1, 1, 1, 2]),
    beta: bench.input('beta', [0, 0, 0, 0, 1]),
    y,
    rows: 2,
    channels: 5,
    epsilon: 1e-6,
  });
  const [values] = await bench.run([y]);
  const expected = [-Math.SQRT2, -Math.SQRT1_2, 0, Math.SQRT1_2, 2 * Math.SQRT2 + 1, -0.5, -0.5, -0.5, -0.5, 5];
  expected.forEach((value, index) => expect(values?.[index]).toBeCloseTo(value, 5));
});
