import { describe, expect, test } from 'vitest';
import { expectClose } from '../../../testing/numbers/closeness.js';
import { BUILDS, normal, randomShapes, testKernels, type TestMemory } from '../../../testing/machines/cpu.js';
import { Fixtures } from '../../../testing/fixtures.js';
import { gelu, geluBackward } from '../../reference/layers/gelu.js';
import { linear, linearBackward } from '../../reference/layers/linear.js';
import { quickGelu, quickGeluBackward } from '../../reference/layers/quick-gelu.js';

/** The error of sums of up to some hundred float32 products, each rounded to 6e-8, which grows with the square root of their number. */
const SUM_BOUND = 2e-6;

const LAYOUTS = { panels: 0, repack: 1, stored: 2, natural: 3 } as const;
const ACTIVATIONS = { none: 0, gelu: 1, quickGelu: 2, geluBackward: 3, quickGeluBackward: 4 } as const;

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

interface Call extends Shape {
  readonly layout?: keyof typeof LAYOUTS;
  readonly activation?: keyof typeof ACTIVATIONS;
  readonly a: ArrayLike<number>;
  /** [columns, depth] for `panels` and `stored`, otherwise [depth, columns]. */
  readonly weight: ArrayLike<number>;
  readonly bias?: ArrayLike<number>;
  readonly before?: ArrayLike<number>;
  readonly addend?: ArrayLike<number>;
  readonly residual?: ArrayLike<number>;
  readonly onto?: ArrayLike<number>;
  readonly drop?: { readonly p: number; readonly site: number };
  readonly dropPath?: { readonly p: number; readonly site: number };
  readonly rowsPerImage?: number;
  readonly first?: number;
}

/** Where element [m, n] of `before` lies: in panels of sixteen columns, the last as narrow as it is. */
function placeInPanels(m: number, n: number, rows: number, columns: number): number {
  const first = n - (n % 16);
  return first * rows + m * Math.min(16, columns - first) + (n - first);
}

function inPanels(x: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let m = 0; m < rows; m++)
    for (let n = 0; n < columns; n++) out[placeInPanels(m, n, rows, columns)] = x[m * columns + n] ?? NaN;
  return out;
}

const fromPanels = (x: Float32Array, rows: number, columns: number): Float32Array =>
  x.map((_, i) => x[placeInPanels(Math.floor(i / columns), i % columns, rows, columns)] ?? NaN);

function run(memory: TestMemory, call: Call): { out: Float32Array; before: Float32Array } {
  const { kernels } = memory;
  const { rows, columns, depth } = call;
  const layout = LAYOUTS[call.layout ?? 'panels'];
  let weight = memory.input(call.weight);
  if (layout < 2) {
    const [n, k] = layout === 0 ? [columns, depth] : [depth, columns];
    const panels = memory.scratch(64 * Math.ceil(n / 16) * k);
    kernels.packWeight(weight, n, k, panels);
    weight = panels;
  }
  const out = call.onto ? memory.input(call.onto) : memory.output(rows * columns);
  const saves = call.activation === 'gelu' || call.activation === 'quickGelu';
  const before = call.before ? memory.input(inPanels(call.before, rows, columns)) : saves ? memory.output(rows * columns) : 0;
  const optional = (values: ArrayLike<number> | undefined): number => (values ? memory.input(values) : 0);
  kernels.linear(
    memory.input(call.a),
    weight,
    layout,
    optional(call.bias),
    before,
    optional(call.addend),
    optional(call.residual),
    out,
    rows,
    columns,
    depth,
    call.onto ? 1 : 0,
    ACTIVATIONS[call.activation ?? 'none'],
    memory.step({ seed: 5, number: 9, first: call.first ?? 0 }),
    call.rowsPerImage ?? 1,
    call.drop?.site ?? 0,
    call.drop?.p ?? 0,
    call.dropPath?.site ?? 0,
    call.dropPath?.p ?? 0,
    memory.scratch(kernels.linearScratch(depth)),
  );
  const kept = memory.read(before || out, rows * columns);
  return { out: memory.read(out, rows * columns), before: before ? fromPanels(kept, rows, columns) : kept };
}

const add = (...parts: Float64Array[]): Float64Array =>
  parts.reduce((sum, part) => sum.map((value, i) => value + (part[i] ?? NaN)));

/** Transposes [rows, columns] to [columns, rows]. */
const turned = (x: Float64Array, rows: number, columns: number): Float64Array =>
  Float64Array.from(x, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);

describe.each(BUILDS)('linear, %s', (build) => {
  test('200 shapes, each layout of the weight, with and without an epilogue', async () => {
    const memory = await testKernels(build);
    const shapes = randomShapes(1, 200, { rows: [1, 70], columns: [1, 50], depth: [1, 70] });
    for (const [index, shape] of shapes.entries()) {
      const { rows, columns, depth } = shape;
      const random = new Fixtures(index);
      const a = normal(random, rows * depth);
      const weight = normal(random, columns * depth);
      const given = {
        ...(random.next() < 0.5 ? { bias: normal(random, columns) } : {}),
        ...(random.next() < 0.5 ? { onto: normal(random, rows * columns) } : {}),
        ...(random.next() < 0.5 ? { addend: normal(random, rows * columns) } : {}),
        ...(random.next() < 0.5 ? { residual: normal(random, rows * columns) } : {}),
      };
      const product = linear(a, weight, given.bias ?? null, { rows, depth, columns });
      const zero = new Float64Array(rows * columns);
      const expected = add(product, given.onto ?? zero, given.addend ?? zero, given.residual ?? zero);
      for (const layout of ['panels', 'stored', 'repack', 'natural'] as const) {
        const stored = layout === 'repack' || layout === 'natural' ? turned(weight, columns, depth) : weight;
        const { out } = run(memory, { ...shape, ...given, layout, a, weight: stored });
        expectClose(`${layout}, M ${rows}, N ${columns}, K ${depth}`, out, expected, SUM_BOUND);
      }
    }
  });

  test('a depth of several chunks, and an odd number of rows over several blocks', async () => {
    const memory = await testKernels(build);
    for (const [rows, columns, depth] of [
      [131, 17, 1537],
      [65, 48, 769],
      [1, 16, 385],
    ] as const) {
      const random = new Fixtures(depth);
      const [a, weight, bias] = [normal(random, rows * depth), normal(random, columns * depth), normal(random, columns)];
      const expected = linear(a, weight, bias, { rows, depth, columns });
      expectClose('panels', run(memory, { rows, columns, depth, a, weight, bias }).out, expected, SUM_BOUND);
    }
  });

  test('the layouts give the same bits', async () => {
    const memory = await testKernels(build);
    const shape = { rows: 33, columns: 40, depth: 29 };
    const random = new Fixtures(3);
    const a = normal(random, 33 * 29);
    const weight = normal(random, 40 * 29);
    const [first, ...others] = (['panels', 'stored', 'repack', 'natural'] as const).map((layout) => {
      const stored = layout === 'repack' || layout === 'natural' ? turned(weight, 40, 29) : weight;
      return run(memory, { ...shape, layout, a, weight: stored }).out;
    });
    for (const other of others) expect(other).toEqual(first);
  });

  test('a weight packed for the backward has the panels of its transpose', async () => {
    const memory = await testKernels(build);
    const weight = normal(new Fixtures(4), 40 * 29);
    const [turnedPanels, panels] = [memory.output(48 * 29), memory.output(48 * 29)];
    memory.kernels.packTurned(memory.input(turned(weight, 40, 29)), 29, 40, turnedPanels);
    memory.kernels.packWeight(memory.input(weight), 40, 29, panels);
    expect(memory.read(turnedPanels, 48 * 29)).toEqual(memory.read(panels, 48 * 29));
  });
});

describe.each(BUILDS)('the epilogue, %s', (build) => {
  const shape = { rows: 11, columns: 21, depth: 8 };
  const random = new Fixtures(5);
  const a = normal(random, 88);
  const weight = normal(random, 168);
  const before = normal(random, 231, 2);
  const plain = linear(a, weight, null, { rows: 11, depth: 8, columns: 21 });
  const call = { ...shape, a, weight };

  test('activations of several blocks of rows and panels, the last one narrow', async () => {
    const memory = await testKernels(build);
    const [rows, columns, depth] = [133, 37, 5];
    const large = { rows, columns, depth, a: normal(random, rows * depth), weight: normal(random, columns * depth) };
    const sums = linear(large.a, large.weight, null, large);
    const smooth = run(memory, { ...large, activation: 'gelu' });
    expectClose('before', smooth.before, sums, SUM_BOUND);
    expectClose('gelu', smooth.out, gelu(sums), SUM_BOUND);
    const inputs = normal(random, rows * columns, 2);
    const backward = run(memory, { ...large, activation: 'geluBackward', before: inputs });
    expectClose('d gelu', backward.out, geluBackward(sums, inputs), SUM_BOUND);
  });

  test('activations, the sums that their backward needs, and their derivatives', async () => {
    const memory = await testKernels(build);
    const smooth = run(memory, { ...call, activation: 'gelu' });
    expectClose('before', smooth.before, plain, SUM_BOUND);
    expectClose('gelu', smooth.out, gelu(plain), SUM_BOUND);
    expectClose('quick gelu', run(memory, { ...call, activation: 'quickGelu' }).out, quickGelu(plain), SUM_BOUND);
    const backward = run(memory, { ...call, activation: 'geluBackward', before });
    expectClose('d gelu', backward.out, geluBackward(plain, before), SUM_BOUND);
    const quick = run(memory, { ...call, activation: 'quickGeluBackward', before });
    expectClose('d quick gelu', quick.out, quickGeluBackward(plain, before), SUM_BOUND);
  });

  test('GELU and its derivative are within 1e-6 of the true value where it is not large', async () => {
    const memory = await testKernels(build);
    const x = Float64Array.from({ length: 4001 }, (_, i) => Math.fround((i - 2000) / 100));
    const one = { rows: x.length, columns: 1, depth: 1, a: x, weight: [1] };
    const dy = new Float64Array(x.length).fill(1);
    const within = (name: string, found: Float32Array, expected: Float64Array): void => {
      found.forEach((value, i) => {
        const bound = 1e-6 * Math.max(1, Math.abs(x[i] ?? NaN) / 4);
        if (!(Math.abs(value - (expected[i] ?? NaN)) <= bound)) expect.fail(`${name}(${x[i]!}) is ${value}, not ${expected[i]!}`);
      });
    };
    within('gelu', run(memory, { ...one, activation: 'gelu' }).out, gelu(x));
    within('quick gelu', run(memory, { ...one, activation: 'quickGelu' }).out, quickGelu(x));
    const ones = { ...one, a: dy, before: x };
    within('d gelu', run(memory, { ...ones, activation: 'geluBackward' }).out, geluBackward(dy, x));
    within('d quick gelu', run(memory, { ...ones, activation: 'quickGeluBackward' }).out, quickGeluBackward(dy, x));
  });

  test('NaN and infinity are passed on', async () => {
    const memory = await testKernels(build);
    for (const activation of ['none', 'gelu', 'quickGelu'] as const) {
      const { out } = run(memory, { rows: 3, columns: 1, depth: 1, a: [NaN, Infinity, -1], weight: [1], activation });
      expect(out[0]).toBeNaN();
      expect(out[1]).toBe(Infinity);
      expect(out[2]).toBeLessThan(0);
    }
  });

  test('dropout and stochastic depth scale what they keep, and number elements and images over the whole batch', async () => {
    const memory = await testKernels(build);
    const both = { drop: { p: 0.25, site: 3 }, dropPath: { p: 0.5, site: 4 }, rowsPerImage: 1 };
    const whole = run(memory, { ...call, ...both }).out;
    const factors = Array.from(whole, (value, i) => value / (plain[i] ?? NaN));
    for (const factor of factors) expect(Math.min(Math.abs(factor), Math.abs(factor - 8 / 3))).toBeLessThan(1e-4);
    expect(new Set(factors.map((factor) => factor === 0)).size).toBe(2);
    // The last seven rows as a group of their own, whose first image is the batch's fifth.
    const part = run(memory, { ...call, ...both, rows: 7, a: a.subarray(4 * 8), first: 4 }).out;
    expect(part).toEqual(whole.subarray(4 * 21));
  });
});

describe.each(BUILDS)('weight and bias gradients, %s', (build) => {
  test('200 shapes', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    const shapes: Shape[] = randomShapes(2, 200, { rows: [1, 90], columns: [1, 40], depth: [1, 40] });
    for (const { rows, columns, depth } of [
      ...shapes,
      { rows: 801, columns: 3, depth: 50 },
      { rows: 801, columns: 50, depth: 3 },
    ]) {
      const random = new Fixtures(rows);
      const dy = normal(random, rows * columns);
      const x = normal(random, rows * depth);
      const [dyAt, dweight, db] = [memory.input(dy), memory.output(columns * depth), memory.output(columns)];
      const scratch = memory.scratch(kernels.weightGradientScratch(rows, columns, depth));
      kernels.weightGradient(dyAt, memory.input(x), dweight, rows, columns, depth, scratch);
      kernels.biasGradient(dyAt, db, rows, columns);
      const expected = linearBackward(dy, x, new Float64Array(columns * depth), { rows, depth, columns });
      const name = `M ${rows}, N ${columns}, K ${depth}`;
      expectClose(`dweight, ${name}`, memory.read(dweight, columns * depth), expected.dweight, SUM_BOUND);
      expectClose(`dbias, ${name}`, memory.read(db, columns), expected.dbias, SUM_BOUND);
    }
  });
});
