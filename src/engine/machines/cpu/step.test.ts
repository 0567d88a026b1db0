import { describe, expect, test } from 'vitest';
import { expectClose } from '../../../testing/numbers/closeness.js';
import { BUILDS, normal, randomShapes, testKernels } from '../../../testing/machines/cpu.js';
import { Fixtures } from '../../../testing/fixtures.js';
import { adamw, ADAMW_DEFAULTS } from '../../reference/adamw.js';
import { crossEntropy } from '../../reference/cross-entropy.js';
import { assembleBackward, embed } from '../../reference/layers/embed.js';
import { linear } from '../../reference/layers/linear.js';

/** The error of a few float32 roundings, 6e-8 each. */
const FEW_ROUNDINGS = 1e-6;

/** pcg4d of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020, as in shaders/common/random.wgsl. */
function pcg4d(key: readonly [number, number, number, number]): number[] {
  const add = (a: number, b: number, c: number): number => (a + Math.imul(b, c)) >>> 0;
  let [x, y, z, w] = key.map((value) => add(1013904223, value, 1664525)) as [number, number, number, number];
  const round = (): void => {
    x = add(x, y, w);
    y = add(y, z, x);
    z = add(z, x, y);
    w = add(w, y, z);
  };
  round();
  [x, y, z, w] = [x ^ (x >>> 16), y ^ (y >>> 16), z ^ (z >>> 16), w ^ (w >>> 16)];
  round();
  return [x, y, z, w];
}

describe.each(BUILDS)('random draws, %s', (build) => {
  test('are the bits of the shaders, element for element', async () => {
    const memory = await testKernels(build);
    const random = new Fixtures(1);
    for (const { rows, columns } of randomShapes(10, 200, { rows: [1, 9], columns: [1, 40] })) {
      const [seed = 0, number = 0, site = 0] = random.integers(3, 0, 2 ** 31 - 1);
      const [first, p] = [Math.floor(random.next() * 1000), Math.fround(random.next() * 0.9)];
      const out = memory.output(rows * columns);
      const ones = memory.input(new Float64Array(Math.max(rows, columns)).fill(1));
      const step = memory.step({ seed, number, first });
      const scratch = memory.scratch(memory.kernels.linearScratch(1));
      const shape = [rows, columns, 1];
      memory.kernels.linear(ones, ones, 2, 0, 0, 0, 0, out, ...shape, 0, 0, step, 1, site, p, 0, 0, scratch);
      const kept = Math.fround(1 / Math.fround(1 - p));
      const expected = Array.from({ length: rows * columns }, (_, i) => {
        const element = first * columns + i;
        const draw = ((pcg4d([seed, number, site, element >>> 2])[element & 3] ?? 0) >>> 8) / 2 ** 24;
        return draw < p ? 0 : kept;
      });
      expect([...memory.read(out, rows * columns)]).toEqual(expected);
    }
  });
});

describe.each(BUILDS)('loss and update, %s', (build) => {
  test('200 shapes of cross-entropy, of a group in a batch with padding', async () => {
    const memory = await testKernels(build);
    for (const [index, { images, classes, first }] of randomShapes(11, 200, {
      images: [1, 9],
      classes: [2, 120],
      first: [0, 9],
    }).entries()) {
      const random = new Fixtures(index);
      const live = 1 + Math.floor(random.next() * images);
      const scale = index % 2 ? 1 : 0.5;
      const logits = normal(random, images * classes, 3);
      const labels = random.integers(images, 0, classes - 1);
      const [dlogits, rows, result] = [memory.output(images * classes), memory.output(images * 2), memory.output(2)];
      const health = memory.indices([0]);
      const step = memory.step({ images: first + live, first });
      const weights = index % 3 === 0 ? undefined : random.uniform(images, 0, 3);
      const read = [memory.input(logits), memory.indices(labels), weights ? memory.input(weights) : 0] as const;
      memory.kernels.crossEntropy(...read, dlogits, rows, images, classes, scale, step);
      memory.kernels.lossSummary(rows, result, health, images, step);
      const scaled = logits.subarray(0, live * classes).map((value) => value * scale);
      const expected = crossEntropy(scaled, labels.subarray(0, live), { images: live, classes }, weights?.subarray(0, live));
      const share = live / (first + live);
      const gradient = new Float64Array(images * classes);
      gradient.set(expected.dlogits.map((value) => value * scale * share));
      expectClose('dlogits', memory.read(dlogits, images * classes), gradient, FEW_ROUNDINGS);
      // A loss near zero is the difference of logits up to 10, with their absolute error.
      expect(Math.abs(memory.read(result, 1)[0]! - expected.loss * share)).toBeLessThan(
        FEW_ROUNDINGS * Math.max(3, expected.loss),
      );
      expect(memory.read(result, 2)[1]).toBe(expected.correct);
      expect(memory.readIndices(health, 1)[0]).toBe(0);
    }
  });

  test('200 lengths of AdamW, three steps of two groups', async () => {
    const memory = await testKernels(build);
    for (const { length } of randomShapes(12, 200, { length: [1, 200] })) {
      const random = new Fixtures(length);
      const weight = normal(random, length);
      const [m, v] = [new Float64Array(length), new Float64Array(length)];
      const at = [memory.input(weight), memory.input(m), memory.input(v)];
      const [groups, health] = [memory.indices([0, 3, 1, 2]), memory.indices([0])];
      for (let step = 1; step <= 3; step++) {
        const gradient = normal(random, length);
        const corrections = [1 - 0.9 ** step, 1 - 0.999 ** step];
        const values = memory.step({ rates: [...corrections, 0.01, 0.05, 0.1] });
        memory.kernels.adamw(memory.input(gradient), groups, health, ...at, length, 0.9, 0.999, 1e-8, values);
        for (let group = 0; group * 64 < length; group++) {
          const part = (x: Float64Array): Float64Array => x.subarray(64 * group, 64 * (group + 1));
          const [learningRate, weightDecay] = [[0.01, 0.05, 0.05, 0.01][group] ?? 0, group % 2 ? 0.1 : 0];
          const options = {
            ...ADAMW_DEFAULTS,
            learningRate,
            weightDecay: group === 3 ? 0.1 : group === 2 ? 0 : weightDecay,
            step,
          };
          adamw(part(weight), part(gradient), part(m), part(v), options);
        }
      }
      expectClose(`weight, ${length}`, memory.read(at[0]!, length), weight, FEW_ROUNDINGS);
      expectClose(`m, ${length}`, memory.read(at[1]!, length), m, FEW_ROUNDINGS);
      // In float32 1 - 0.999 has an error of 3e-8, relative to 1e-3.
      expectClose(`v, ${length}`, memory.read(at[2]!, length), v, 3e-5);
    }
  });

  test('a value that is not finite stops this and all later updates', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    for (const bad of [NaN, Infinity, -Infinity]) {
      const health = memory.indices([0]);
      const gradient = memory.input([1, 2, bad]);
      kernels.checkGradient(gradient, health, 2);
      expect(memory.readIndices(health, 1)[0]).toBe(0);
      kernels.checkGradient(gradient, health, 3);
      expect(memory.readIndices(health, 1)[0]).toBe(1);
      const [weight, m, v] = [memory.input([1, 2]), memory.input([0, 0]), memory.input([0, 0])];
      const step = memory.step({ rates: [0.1, 0.001, 1, 1, 1] });
      kernels.adamw(memory.input([1, 1]), memory.indices([0]), health, weight, m, v, 2, 0.9, 0.999, 1e-8, step);
      expect([...memory.read(weight, 2), ...memory.read(m, 2), ...memory.read(v, 2)]).toEqual([1, 2, 0, 0, 0, 0]);
      const summary = memory.indices([0]);
      kernels.lossSummary(memory.input([bad, 1]), memory.output(2), summary, 1, memory.step());
      expect(memory.readIndices(summary, 1)[0]).toBe(1);
    }
  });

  test('parts are added up', async () => {
    const memory = await testKernels(build);
    const [sum, part] = [memory.input([1, 2, 3, 4, 5]), memory.input([10, 20, 30, 40, 50])];
    memory.kernels.addInto(sum, part, 5);
    expect([...memory.read(sum, 5)]).toEqual([11, 22, 33, 44, 55]);
  });
});

describe.each(BUILDS)('pictures to tokens, %s', (build) => {
  test('200 shapes, from floats and from bytes', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    const bounds = {
      images: [1, 3],
      patchSize: [1, 5],
      grid: [1, 4],
      rest: [0, 3],
      channels: [1, 9],
      protectedTokens: [1, 3],
    } as const;
    for (const [index, shape] of randomShapes(13, 200, bounds).entries()) {
      const { images, patchSize, grid, channels, protectedTokens } = shape;
      const imageSize = grid * patchSize + Math.min(shape.rest, patchSize - 1);
      const random = new Fixtures(index);
      const bytes = Uint8Array.from(random.integers(images * imageSize ** 2 * 4, 0, 255));
      const [mean, std] = [
        [0.5, 0.4, 0.3],
        [0.2, 0.3, 0.4],
      ];
      const plane = imageSize ** 2;
      const pixels = Float64Array.from({ length: images * 3 * plane }, (_, i) => {
        const channel = Math.floor(i / plane) % 3;
        const pixel = Math.floor(i / plane / 3) * plane + (i % plane);
        return Math.fround((bytes[pixel * 4 + channel]! / 255 - mean[channel]!) / std[channel]!);
      });
      const patches = grid * grid;
      const depth = 3 * patchSize * patchSize;
      const cut = [memory.output(images * patches * depth), memory.output(images * patches * depth)] as const;
      const numbers = [images, imageSize, patchSize, grid];
      const bytesAt = memory.instance.allocate(bytes.length);
      memory.instance.byteView(bytesAt, bytes.length).set(bytes);
      kernels.patchesFromBytes(bytesAt, cut[0], ...numbers, ...mean, ...std.map((s) => 1 / s));
      kernels.patchesFromFloats(memory.input(pixels), cut[1], ...numbers);
      const [projection, prefix] = [normal(random, channels * depth), normal(random, protectedTokens * channels)];
      const positions = normal(random, (protectedTokens + patches) * channels);
      const bias = new Float64Array(channels);
      const prefixRows = Array.from({ length: protectedTokens }, (_, t) => prefix.slice(t * channels, (t + 1) * channels));
      const expected = embed(
        pixels,
        { projection, bias, prefix: prefixRows, positions },
        { images, imageSize, patchSize, channels },
      );
      for (const at of cut) {
        const rows = Float64Array.from(memory.read(at, images * patches * depth));
        const embedded = linear(rows, projection, null, { rows: images * patches, depth, columns: channels });
        const x = memory.output(expected.length);
        const places = [memory.input(embedded), memory.input(prefix), memory.input(positions), x];
        kernels.assembleTokens(...places, images, patches, protectedTokens, channels);
        expectClose(`x, B ${images}, S ${imageSize}, p ${patchSize}`, memory.read(x, expected.length), expected, FEW_ROUNDINGS);
      }
    }
  });
});

describe.each(BUILDS)('gradients that only full training needs, %s', (build) => {
  test('200 shapes of the embedded patches, the tokens in front and the positions', async () => {
    const memory = await testKernels(build);
    const bounds = { images: [1, 5], patches: [1, 9], protectedTokens: [1, 2], channels: [1, 21] } as const;
    for (const shape of randomShapes(15, 200, bounds)) {
      const { images, patches, protectedTokens, channels } = shape;
      const dx = normal(new Fixtures(images * 1000 + channels), images * (protectedTokens + patches) * channels);
      const expected = assembleBackward(dx, shape);
      const [embedded, prefix, positions] = [expected.dembedded, expected.dprefix, expected.dpositions].map(({ length }) => ({
        at: memory.output(length),
        length,
      })) as [Place, Place, Place];
      const to = [embedded.at, prefix.at, positions.at];
      memory.kernels.assembleTokensBackward(memory.input(dx), ...to, images, patches, protectedTokens, channels);
      expectClose('dembedded', memory.read(embedded.at, embedded.length), expected.dembedded, FEW_ROUNDINGS);
      expectClose('dprefix', memory.read(prefix.at, prefix.length), expected.dprefix, FEW_ROUNDINGS);
      expectClose('dpositions', memory.read(positions.at, positions.length), expected.dpositions, FEW_ROUNDINGS);
    }
  });

  test('rows of a dropped image are zero, and the others have the factor of the forward', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    for (const { images, rowsPerImage, columns } of randomShapes(16, 50, {
      images: [1, 9],
      rowsPerImage: [1, 4],
      columns: [1, 20],
    })) {
      const rows = images * rowsPerImage;
      const step = memory.step({ seed: columns, number: rows, first: 3 });
      const dy = normal(new Fixtures(rows), rows * columns);
      const [out, forward] = [memory.output(rows * columns), memory.output(rows)];
      kernels.keepRows(memory.input(dy), out, rows, columns, step, rowsPerImage, 5, 0.5);
      const ones = memory.input(new Float64Array(rows).fill(1));
      const scratch = memory.scratch(kernels.linearScratch(1));
      kernels.linear(ones, ones, 2, 0, 0, 0, 0, forward, rows, 1, 1, 0, 0, step, rowsPerImage, 0, 0, 5, 0.5, scratch);
      const factors = memory.read(forward, rows);
      const expected = Float32Array.from(dy, (value, i) => Math.fround(value) * (factors[Math.floor(i / columns)] ?? NaN));
      expect(memory.read(out, rows * columns)).toEqual(expected);
    }
  });
});

interface Place {
  readonly at: number;
  readonly length: number;
}
