import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench, testGpu } from '../../testing/gpu.js';
import { gelu, geluBackward } from '../reference/gelu.js';
import { linear, linearBackward } from '../reference/linear.js';
import { quickGelu, quickGeluBackward } from '../reference/quickGelu.js';
import { recordFamily, recordWeightGradient, type Linear } from './linear.js';

/** Sums of up to a few hundred float32 products, each rounded to 6e-8: the error grows with the square root of their number. */
const SUM_BOUND = 2e-6;

const SHAPES = [
  [1, 4, 4],
  [7, 8, 12],
  [8, 8, 8],
  [9, 20, 36],
  [65, 68, 96],
  [130, 132, 20],
] as const;
const ODD_SHAPES = [
  [1, 1, 1],
  [5, 7, 3],
  [13, 10, 97],
] as const;

async function product(
  family: 'registers' | 'tiled' | 'scalar',
  rows: number,
  columns: number,
  depth: number,
  transposed: boolean,
) {
  const random = new Fixtures(rows * 1000 + columns * 10 + depth);
  const bench = new Bench(await testGpu());
  const a = random.normal(rows * depth);
  const weight = random.normal(columns * depth);
  const bias = random.normal(columns);
  const residual = random.normal(rows * columns);
  const out = bench.output('out', rows * columns);
  recordFamily(
    bench.plan,
    {
      label: 'product',
      a: bench.input('a', a),
      weight: bench.input('weight', weight),
      transposed,
      rows,
      columns,
      depth,
      out,
      bias: bench.input('bias', bias),
      residual: bench.input('residual', residual),
    },
    family,
  );
  const [values] = await bench.run([out]);
  // The reference takes weight [outputs, inputs]; the backward's form is the same numbers read the other way.
  const stored = transposed
    ? weight
    : Float64Array.from(weight, (_, i) => weight[(i % depth) * columns + Math.floor(i / depth)] ?? NaN);
  const expected = linear(Float64Array.from(a, Math.fround), Float64Array.from(stored, Math.fround), bias, {
    rows,
    inputs: depth,
    outputs: columns,
  });
  return { values: values ?? new Float32Array(), expected: expected.map((value, i) => value + (residual[i] ?? NaN)) };
}

describe.each(['registers', 'tiled', 'scalar'] as const)('linear, %s', (family) => {
  const shapes = family === 'scalar' ? [...SHAPES, ...ODD_SHAPES] : SHAPES;
  test.each(shapes)('M %i, N %i, K %i', async (rows, columns, depth) => {
    for (const transposed of [true, false]) {
      const { values, expected } = await product(family, rows, columns, depth, transposed);
      expectClose(`${family} ${transposed ? 'forward' : 'backward'}`, values, expected, SUM_BOUND);
    }
  });
});

test('the families give the same bits, so that a remembered choice cannot change a run', async () => {
  for (const transposed of [true, false]) {
    const registers = await product('registers', 65, 68, 96, transposed);
    const tiled = await product('tiled', 65, 68, 96, transposed);
    expect(new Uint32Array(tiled.values.buffer)).toEqual(new Uint32Array(registers.values.buffer));
  }
});

async function epilogue(
  call: Partial<Linear>,
  aux?: ArrayLike<number>,
): Promise<{ y: Float32Array; aux: Float32Array; plain: Float64Array }> {
  const [rows, columns, depth] = [11, 12, 8];
  const random = new Fixtures(5);
  const bench = new Bench(await testGpu());
  const a = random.normal(rows * depth);
  const weight = random.normal(columns * depth);
  const out = bench.output('out', rows * columns);
  const auxTensor = aux ? bench.input('aux', aux) : bench.output('aux', rows * columns);
  recordFamily(
    bench.plan,
    {
      label: 'epilogue',
      a: bench.input('a', a),
      weight: bench.input('weight', weight),
      transposed: true,
      rows,
      columns,
      depth,
      out,
      aux: auxTensor,
      ...call,
    },
    'registers',
  );
  const [y, saved] = await bench.run(aux ? [out] : [out, auxTensor]);
  return {
    y: y ?? new Float32Array(),
    aux: saved ?? new Float32Array(),
    plain: linear(a, weight, null, { rows, inputs: depth, outputs: columns }),
  };
}

describe('epilogues', () => {
  test('gelu and what its backward needs', async () => {
    const { y, aux, plain } = await epilogue({ activation: 'gelu' });
    expectClose('before', aux, plain, SUM_BOUND);
    expectClose('gelu', y, gelu(plain), SUM_BOUND);
  });
  test('gelu backward', async () => {
    const before = new Fixtures(9).normal(132, 2);
    const { y, plain } = await epilogue({ activation: 'geluBackward' }, before);
    expectClose('dgelu', y, geluBackward(plain, before), SUM_BOUND);
  });
  test('quick gelu and its backward', async () => {
    const { y, plain } = await epilogue({ activation: 'quickGelu' });
    expectClose('quick gelu', y, quickGelu(plain), SUM_BOUND);
    const before = new Fixtures(9).normal(132, 2);
    const backward = await epilogue({ activation: 'quickGeluBackward' }, before);
    expectClose('dquick gelu', backward.y, quickGeluBackward(backward.plain, before), SUM_BOUND);
  });
  test('adds aux', async () => {
    const other = new Fixtures(2).normal(132);
    const { y, plain } = await epilogue({ activation: 'addAux' }, other);
    expectClose(
      'sum',
      y,
      plain.map((value, i) => value + (other[i] ?? NaN)),
      SUM_BOUND,
    );
  });
  test('dropout keeps about 1 - p of the elements, scaled, and stochastic depth whole images', async () => {
    const { y, plain } = await epilogue({ drop: { p: 0.25, site: 3 } });
    const factors = Array.from(y, (value, i) => value / (plain[i] ?? NaN));
    const kept = factors.filter((factor) => Math.abs(factor - 4 / 3) < 1e-4).length;
    expect(factors.every((factor) => factor === 0 || Math.abs(factor - 4 / 3) < 1e-4)).toBe(true);
    expect(kept).toBeGreaterThan(132 * 0.6);
    expect(kept).toBeLessThan(132 * 0.9);
    const path = await epilogue({ dropPath: { p: 0.5, site: 4, rowsPerImage: 1 } });
    for (let row = 0; row < 11; row++) {
      const rowFactors = Array.from({ length: 12 }, (_, c) => (path.y[row * 12 + c] ?? NaN) / (path.plain[row * 12 + c] ?? NaN));
      const expected = rowFactors[0] === 0 ? 0 : 2;
      for (const factor of rowFactors) expect(factor).toBeCloseTo(expected, 4);
    }
  });
});

test.each([
  [1, 1, 1],
  [37, 5, 8],
  [260, 24, 10],
  [2080, 8, 96],
])('weight and bias gradients, M %i, N %i, K %i', async (rows, columns, depth) => {
  const random = new Fixtures(rows);
  const bench = new Bench(await testGpu());
  const dy = random.normal(rows * columns);
  const x = random.normal(rows * depth);
  const dweight = bench.output('dweight', columns * depth);
  const dbias = bench.output('dbias', columns);
  const shape = { rows, columns, depth };
  const dyTensor = bench.input('dy', dy);
  recordWeightGradient(bench.plan, { label: 'dW', dy: dyTensor, x: bench.input('x', x), out: dweight, ...shape });
  recordWeightGradient(bench.plan, { label: 'db', dy: dyTensor, out: dbias, ...shape });
  const [weightValues, biasValues] = await bench.run([dweight, dbias]);
  const expected = linearBackward(dy, x, new Float64Array(columns * depth), { rows, inputs: depth, outputs: columns });
  expectClose('dweight', weightValues ?? [], expected.dweight, SUM_BOUND);
  expectClose('dbias', biasValues ?? [], expected.dbias, SUM_BOUND);
});
