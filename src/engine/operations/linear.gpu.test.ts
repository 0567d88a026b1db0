import { describe, expect, test, vi } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { compileBeyondLimits, MOST_LIMITS, testedCandidates } from '../../testing/machines/candidates.js';
import { machineChoosing, testGpu, testMachine } from '../../testing/machines/gpu.js';
import { roundToHalves } from '../../vit/half.js';
import { productCandidates } from '../machines/webgpu/candidates/product.js';
import type { Lowering } from '../machines/webgpu/lowering.js';
import { dispatchProduct, plainProduct } from '../machines/webgpu/operations/product.js';
import type { Activation } from '../plan/operation.js';
import { Tape } from '../plan/tape.js';
import { gelu, geluBackward } from '../reference/layers/gelu.js';
import { linear as reference, linearBackward } from '../reference/layers/linear.js';
import { quickGelu, quickGeluBackward } from '../reference/layers/quick-gelu.js';
import { linear, type Linear } from './linear.js';

/** The error of sums of up to a few hundred float32 products, each rounded to 6e-8, which grows with the square root of their number. */
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
  [66, 67, 97],
  [130, 131, 21],
] as const;

/**
 * @param candidate its name, or `scalar` for a shape that has no candidates.
 * @param hold how the weight is stored: as float32, rounded to float16 but stored as float32, or as float16.
 */
async function product(
  candidate: string,
  [rows, columns, depth]: readonly [number, number, number],
  hold: 'whole' | 'rounded' | 'half' = 'whole',
) {
  const random = new Fixtures(rows * 1000 + columns * 10 + depth);
  const machine = machineChoosing(await testGpu(), candidate);
  const bench = new Bench(machine);
  const given = {
    a: random.normal(rows * depth),
    weight: random.normal(columns * depth),
    bias: random.normal(columns),
    residual: random.normal(rows * columns),
    dout: random.normal(rows * columns),
    passing: random.normal(rows * depth),
  };
  if (hold !== 'whole') given.weight = Float64Array.from(roundToHalves(Float32Array.from(given.weight)));
  const a = bench.input('a', given.a);
  const out = linear(bench.recorder, {
    label: 'product',
    a,
    weight: hold === 'half' ? bench.half('weight', given.weight) : bench.input('weight', given.weight),
    bias: bench.input('bias', given.bias),
    residual: bench.input('residual', given.residual),
    ...{ rows, columns, depth },
  });
  const tape = new Tape(bench.recorder, [a]);
  tape.hand(a, bench.input('passing', given.passing));
  tape.hand(out, bench.input('dout', given.dout));
  tape.run(false);
  const values = await bench.run({ out, da: tape.gradientOf(a) });
  expect(new Set(Object.values(machine.tuner.choices))).toEqual(new Set(candidate === 'scalar' ? [] : [candidate]));
  const shape = { rows, depth, columns };
  const expected = {
    out: reference(given.a, given.weight, given.bias, shape).map((value, i) => value + given.residual[i]!),
    da: linearBackward(given.dout, given.a, given.weight, shape).da.map((value, i) => value + given.passing[i]!),
  };
  return { values, expected };
}

describe.each(['registers', 'scalar'])('linear, %s', (family) => {
  test.each<readonly [number, number, number]>(family === 'scalar' ? ODD_SHAPES : SHAPES)(
    'M %i, N %i, K %i',
    async (rows, columns, depth) => {
      const { values, expected } = await product(family, [rows, columns, depth]);
      expectClose(`${family} forward`, values.out, expected.out, SUM_BOUND);
      expectClose(`${family} backward`, values.da, expected.da, SUM_BOUND);
    },
  );
});

describe('a weight that exceeds the largest binding is multiplied in parts', () => {
  // Parts of 20, 40, 40 and 64 rows: of 388 bytes, only every 64th row begins where a binding may.
  test.each<[string, readonly [number, number, number], number, 'whole' | 'half']>([
    ['registers', [9, 100, 96], 8000, 'whole'],
    ['registers', [9, 100, 96], 8000, 'half'],
    ['32x32x32 by 4x4 padded', [37, 100, 96], 16_000, 'whole'],
    ['scalar', [5, 67, 97], 25_000, 'whole'],
  ])('%s, %j, %d bytes, %s', async (family, shape, most, hold) => {
    const gpu = await testGpu();
    const whole = await product(family, shape, hold === 'half' ? 'half' : 'whole');
    const limits = vi.spyOn(gpu, 'limits', 'get').mockReturnValue({ maxBufferSize: 2 ** 20, maxStorageBufferBindingSize: most });
    try {
      const { values, expected } = await product(family, shape, hold);
      // Each sum of the forward is in one part.
      expect(values.out).toEqual(whole.values.out);
      expectClose('forward', values.out, expected.out, SUM_BOUND);
      expectClose('backward', values.da, expected.da, SUM_BOUND);
    } finally {
      limits.mockRestore();
    }
  });
});

/**
 * A few tiles with every size of a side, every size per invocation, and every way to stage them. They are few because a software adapter
 * spends its time compiling; PYRA_CANDIDATES asks for others.
 */
const TILES = ['32x64x16 by 4x8 padded double', '128x128x8 by 8x8', '32x32x32 by 4x4 padded', '64x32x8 by 8x4 double'];
const STRIPS = ['8x256 by 8x8 broadcast', '16x128 by 16x4 broadcast'];
/** The number of tiles tested on software adapters. */
const FEW_TILES = 2;

describe('every candidate gives the same bits, and agrees with the reference where rows, columns and K are no multiples of the tile', async () => {
  const { device, adapter, smallestSubgroup } = await testGpu();
  const all = productCandidates(device.limits, smallestSubgroup > 0).map(({ name }) => name);
  const tiles = adapter.kind === 'software' ? TILES.slice(0, FEW_TILES) : TILES;
  const few = [...tiles, ...(smallestSubgroup > 0 ? STRIPS : [])];
  const bits = ({ buffer }: Float32Array): Uint32Array => new Uint32Array(buffer);

  test.each(testedCandidates(all, few))('%s', async (name) => {
    expect(all).toContain(name);
    for (const shape of [
      [1, 4, 4],
      [133, 132, 44],
    ] as const) {
      const registers = await product('registers', shape);
      const { values, expected } = await product(name, shape);
      for (const part of ['out', 'da'] as const) {
        expectClose(`${name}, ${part}`, values[part], expected[part], SUM_BOUND);
        // The bits are equal, so that a kept choice cannot change a run.
        expect(bits(values[part]), name).toEqual(bits(registers.values[part]));
      }
    }
  });
});

describe('a candidate that needs more workgroup memory than this adapter has is compiled, and not run', async () => {
  const gpu = await testGpu();
  const here = productCandidates(gpu.device.limits, false).map(({ name }) => name);
  const beyond = productCandidates(MOST_LIMITS, false).filter(({ name }) => !here.includes(name));
  test.each(beyond.map((candidate) => [candidate.name, candidate] as const))('%s', async (_, candidate) => {
    for (const transposed of [true, false]) {
      const sizes = { rows: 133, columns: 132, depth: 44, transposed };
      const lower = (lowering: Lowering): void =>
        dispatchProduct(lowering, plainProduct(lowering, candidate.name, sizes), candidate);
      await compileBeyondLimits(gpu, lower);
    }
  });
});

test.each<readonly [string, string, readonly [number, number, number]]>([
  ['registers', 'registers', [9, 20, 36]],
  ['32x32x8 by 4x4', 'registers', [37, 36, 12]],
  ...((await testGpu()).smallestSubgroup > 0 ? [['8x256 by 8x8 broadcast', 'registers', [37, 36, 12]] as const] : []),
  // An odd number of weights: the last is alone in its word.
  ['scalar', 'scalar', [5, 7, 3]],
])('weights held as float16 give the bits of the same numbers held whole, %s', async (family, beside, shape) => {
  const half = await product(family, shape, 'half');
  const whole = await product(beside, shape, 'rounded');
  for (const part of ['out', 'da'] as const) {
    expectClose(part, half.values[part], half.expected[part], SUM_BOUND);
    expect(new Uint32Array(half.values[part].buffer)).toEqual(new Uint32Array(whole.values[part].buffer));
  }
});

const [ROWS, COLUMNS, DEPTH] = [11, 12, 8];

/** One layer with the given end. */
async function epilogue(end: (bench: Bench) => Partial<Linear>): Promise<{ y: Float32Array; plain: Float64Array }> {
  const random = new Fixtures(5);
  const bench = new Bench(await testMachine());
  const a = random.normal(ROWS * DEPTH);
  const weight = random.normal(COLUMNS * DEPTH);
  const y = linear(bench.recorder, {
    label: 'epilogue',
    a: bench.input('a', a),
    weight: bench.input('weight', weight),
    ...{ rows: ROWS, columns: COLUMNS, depth: DEPTH },
    ...end(bench),
  });
  const values = await bench.run({ y });
  return { y: values.y, plain: reference(a, weight, null, { rows: ROWS, depth: DEPTH, columns: COLUMNS }) };
}

/** Two layers with an activation between them: the second's backward applies its derivative. */
async function throughActivation(activation: Activation) {
  const random = new Fixtures(9);
  const bench = new Bench(await testMachine());
  const given = {
    a: random.normal(ROWS * DEPTH),
    first: random.normal(COLUMNS * DEPTH),
    second: random.normal(DEPTH * COLUMNS),
    dout: random.normal(ROWS * DEPTH),
  };
  const a = bench.input('a', given.a);
  const [one, two] = [bench.input('first', given.first), bench.input('second', given.second)];
  const hidden = linear(bench.recorder, { label: 'one', a, weight: one, activation, rows: ROWS, columns: COLUMNS, depth: DEPTH });
  const out = linear(bench.recorder, { label: 'two', a: hidden, weight: two, rows: ROWS, columns: DEPTH, depth: COLUMNS });
  const tape = bench.backward(out, given.dout, [a]);
  const values = await bench.run({ hidden, dbefore: tape.gradientOf(hidden), da: tape.gradientOf(a) });
  const shape = { rows: ROWS, depth: DEPTH, columns: COLUMNS };
  const before = reference(given.a, given.first, null, shape);
  const [forward, backward] = activation === 'gelu' ? [gelu, geluBackward] : [quickGelu, quickGeluBackward];
  const back = { rows: ROWS, depth: COLUMNS, columns: DEPTH };
  const dhidden = linearBackward(given.dout, forward(before), given.second, back).da;
  const dbefore = backward(dhidden, before);
  return { values, expected: { hidden: forward(before), dbefore, da: linearBackward(dbefore, given.a, given.first, shape).da } };
}

describe('epilogues', () => {
  test.each(['gelu', 'quick-gelu'] as const)('%s and its backward', async (activation) => {
    const { values, expected } = await throughActivation(activation);
    for (const name of ['hidden', 'dbefore', 'da'] as const) expectClose(name, values[name], expected[name], SUM_BOUND);
  });
  test('adds to the tensor `onto` before anything else', async () => {
    const other = new Fixtures(2).normal(132);
    const { y, plain } = await epilogue((bench) => ({ addend: bench.input('addend', other) }));
    expectClose(
      'sum',
      y,
      plain.map((value, i) => value + (other[i] ?? NaN)),
      SUM_BOUND,
    );
  });
  test('dropout keeps and scales about 1 - p of the elements, and stochastic depth about 1 - p of the images', async () => {
    const { y, plain } = await epilogue(() => ({ drop: { p: 0.25, site: 3 } }));
    const factors = Array.from(y, (value, i) => value / (plain[i] ?? NaN));
    const kept = factors.filter((factor) => Math.abs(factor - 4 / 3) < 1e-4).length;
    expect(factors.every((factor) => factor === 0 || Math.abs(factor - 4 / 3) < 1e-4)).toBe(true);
    expect(kept).toBeGreaterThan(132 * 0.6);
    expect(kept).toBeLessThan(132 * 0.9);
    const path = await epilogue(() => ({ dropPath: { p: 0.5, site: 4, rowsPerImage: 1 } }));
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
  const bench = new Bench(await testMachine());
  const dy = random.normal(rows * columns);
  const x = random.normal(rows * depth);
  const weight = bench.trained('weight', random.normal(columns * depth));
  const bias = bench.trained('bias', random.normal(columns));
  const out = linear(bench.recorder, { label: 'layer', a: bench.input('a', x), weight, bias, rows, columns, depth });
  bench.backward(out, dy);
  const values = await bench.run({ dweight: weight.gradient, dbias: bias.gradient });
  const expected = linearBackward(dy, x, new Float64Array(columns * depth), { rows, depth, columns });
  expectClose('dweight', values.dweight, expected.dweight, SUM_BOUND);
  expectClose('dbias', values.dbias, expected.dbias, SUM_BOUND);
});

test('under stochastic depth the gradients of weight and bias come from the images that were kept, times their factor', async () => {
  const [images, rowsPerImage, columns, depth] = [8, 3, 5, 4];
  const rows = images * rowsPerImage;
  const random = new Fixtures(21);
  const bench = new Bench(await testMachine());
  const [a, dy] = [random.normal(rows * depth), random.normal(rows * columns)];
  const given = random.normal(columns * depth);
  const [weight, bias] = [bench.trained('weight', given), bench.trained('bias', new Float64Array(columns))];
  const shape = { rows, columns, depth };
  const dropPath = { p: 0.5, site: 4, rowsPerImage };
  const out = linear(bench.recorder, { label: 'layer', a: bench.input('a', a), weight, bias, dropPath, ...shape });
  bench.backward(out, dy);
  const values = await bench.run({ out, dweight: weight.gradient, dbias: bias.gradient }, { seed: 3, number: 7 });
  const plain = reference(a, given, null, { rows, depth, columns });
  const kept = dy.map((value, i) => {
    const first = Math.floor(i / (columns * rowsPerImage)) * columns * rowsPerImage;
    return value * Math.round((values.out[first] ?? NaN) / (plain[first] ?? NaN));
  });
  expect(new Set(Array.from(kept, (value, i) => value / (dy[i] ?? NaN)))).toEqual(new Set([0, 2]));
  const expected = linearBackward(kept, a, given, { rows, depth, columns });
  expectClose('dweight', values.dweight, expected.dweight, SUM_BOUND);
  expectClose('dbias', values.dbias, expected.dbias, SUM_BOUND);
});
