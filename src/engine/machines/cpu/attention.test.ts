import { describe, test } from 'vitest';
import { expectClose } from '../../../testing/numbers/closeness.js';
import { BUILDS, normal, randomShapes, testKernels, type TestMemory } from '../../../testing/machines/cpu.js';
import { Fixtures } from '../../../testing/fixtures.js';
import { firstRows, spreadRows } from '../../../testing/numbers/rows.js';
import { attention, attentionBackward, type AttentionShape } from '../../reference/layers/attention.js';

/** The error of two float32 products with an exponential between them, which is within 2e-7 and has a rounded argument. */
const BOUND = 4e-6;

/** The reference's logarithm of each query's sum of exponentials, [B, H, N]. */
function logSums(
  qkv: Float64Array,
  size: Float64Array | null,
  { images, tokens, heads, headWidth }: AttentionShape,
): Float64Array {
  const channels = heads * headWidth;
  const at = (b: number, n: number, part: number, h: number): number => ((b * tokens + n) * 3 + part) * channels + h * headWidth;
  return Float64Array.from({ length: images * heads * tokens }, (_, index) => {
    const i = index % tokens;
    const h = Math.floor(index / tokens) % heads;
    const b = Math.floor(index / tokens / heads);
    let sum = 0;
    for (let j = 0; j < tokens; j++) {
      let dot = 0;
      for (let d = 0; d < headWidth; d++) dot += qkv[at(b, i, 0, h) + d]! * qkv[at(b, j, 1, h) + d]!;
      sum += (size?.[b * tokens + j] ?? 1) * Math.exp(dot / Math.sqrt(headWidth));
    }
    return Math.log(sum);
  });
}

function compare(memory: TestMemory, shape: AttentionShape, seed: number): void {
  const { kernels } = memory;
  const { images, tokens, heads, headWidth } = shape;
  const random = new Fixtures(seed);
  const rows = images * tokens;
  // In half of the cases only some tokens are queries.
  const queries = random.next() < 0.5 ? tokens : 1 + Math.floor(random.next() * tokens);
  const asked = images * queries;
  const channels = heads * headWidth;
  const qkv = normal(random, rows * 3 * channels);
  const dout = normal(random, asked * channels);
  const size = random.next() < 0.5 ? Float64Array.from(random.integers(rows, 1, 5)) : null;
  const name = `B ${images}, N ${tokens}, H ${heads}, D ${headWidth}${size ? ', sizes' : ''}, ${queries} ask`;
  const [at, sizeAt] = [memory.input(qkv), size ? memory.input(size) : 0];
  const [out, lse, dqkv] = [
    memory.output(asked * channels),
    memory.output(images * heads * queries),
    memory.output(rows * 3 * channels),
  ];
  const numbers = [images, tokens, queries, heads, headWidth, headWidth ** -0.5];
  kernels.attention(at, sizeAt, out, lse, ...numbers, memory.scratch(kernels.attentionScratch(tokens, headWidth)));
  expectClose(
    `out, ${name}`,
    memory.read(out, asked * channels),
    firstRows(attention(qkv, size, shape), images, tokens, queries),
    BOUND,
  );
  expectClose(
    `lse, ${name}`,
    memory.read(lse, images * heads * queries),
    firstRows(logSums(qkv, size, shape), images * heads, tokens, queries),
    BOUND,
  );
  const scratch = memory.scratch(kernels.attentionBackwardScratch(tokens, headWidth));
  kernels.attentionBackward(at, sizeAt, out, lse, memory.input(dout), dqkv, ...numbers, scratch);
  const expected = attentionBackward(spreadRows(dout, images, queries, tokens), qkv, size, shape);
  if (tokens === 1) {
    // With a single key its probability is 1, so the gradients of queries and keys are zero, and the relative error of their rounding says
    // nothing.
    const found = memory.read(dqkv, rows * 3 * channels);
    expectClose(
      `dv, ${name}`,
      found.filter((_, i) => i % (3 * channels) >= 2 * channels),
      dout,
      BOUND,
    );
    expectClose(
      `dq, dk, ${name}`,
      [Math.max(...found.filter((_, i) => i % (3 * channels) < 2 * channels).map(Math.abs))],
      [0],
      BOUND,
    );
  } else expectClose(`dqkv, ${name}`, memory.read(dqkv, rows * 3 * channels), expected, BOUND);
}

describe.each(BUILDS)('attention and its backward, %s', (build) => {
  test('200 shapes', async () => {
    const memory = await testKernels(build);
    const shapes = randomShapes(3, 200, { images: [1, 2], tokens: [1, 40], heads: [1, 3], headWidth: [1, 35] });
    for (const [index, shape] of shapes.entries()) compare(memory, shape, index);
  });

  test.each([
    [65, 64],
    [129, 16],
    [197, 17],
  ])('%i tokens, which are cut into blocks, of width %i', async (tokens, headWidth) => {
    compare(await testKernels(build), { images: 1, tokens, heads: 1, headWidth }, tokens);
  });
});
