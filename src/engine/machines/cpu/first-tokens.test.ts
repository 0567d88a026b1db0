import { expect, test } from 'vitest';
import { BUILDS, normal, randomShapes, testKernels } from '../../../testing/machines/cpu.js';
import { Fixtures } from '../../../testing/fixtures.js';
import { firstRows, spreadRows } from '../../../testing/numbers/rows.js';

test.each(BUILDS)('the first tokens and their gradient, 200 shapes, %s', async (build) => {
  const memory = await testKernels(build);
  const { kernels } = memory;
  const shapes = randomShapes(21, 200, { images: [1, 3], tokens: [1, 9], channels: [1, 13] });
  for (const [index, { images, tokens, channels }] of shapes.entries()) {
    const random = new Fixtures(index);
    const kept = 1 + Math.floor(random.next() * tokens);
    const length = images * tokens * channels;
    const [x, passing, dy] = [length, length, images * kept * channels].map((count) => normal(random, count).map(Math.fround));
    if (!x || !passing || !dy) throw new Error('three arrays');
    const [y, dx] = [memory.output(dy.length), memory.output(length)];
    const shape = [images, tokens, kept, channels];
    kernels.firstTokens(memory.input(x), y, ...shape);
    expect([...memory.read(y, dy.length)]).toEqual([...firstRows(x, images, tokens, kept)]);
    const spread = spreadRows(dy, images, kept, tokens);
    for (const added of [false, true]) {
      kernels.firstTokensBackward(memory.input(dy), added ? memory.input(passing) : 0, dx, ...shape);
      const expected = Array.from(spread, (value, i) => Math.fround(value + (added ? passing[i]! : 0)));
      expect([...memory.read(dx, length)]).toEqual(expected);
    }
  }
});
