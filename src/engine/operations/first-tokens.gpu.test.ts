import { expect, test } from 'vitest';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { firstRows, spreadRows } from '../../testing/numbers/rows.js';
import { Tape } from '../plan/tape.js';
import { firstTokens } from './first-tokens.js';

test.each([
  [1, 1, 1, 1],
  [3, 5, 2, 7],
  [2, 197, 1, 96],
])('the first tokens and their gradient, B %i, N %i, T %i, C %i', async (images, tokens, kept, channels) => {
  const random = new Fixtures(tokens);
  const rounded = (length: number) => random.normal(length).map(Math.fround);
  const [x, passing, dy] = [
    rounded(images * tokens * channels),
    rounded(images * tokens * channels),
    rounded(images * kept * channels),
  ];
  for (const added of [false, true]) {
    const bench = new Bench(await testMachine());
    const tensor = bench.input('x', x);
    const y = firstTokens(bench.recorder, { label: 'first', x: tensor, images, tokens, kept, channels });
    const tape = new Tape(bench.recorder, [tensor]);
    if (added) tape.hand(tensor, bench.input('passing', passing));
    tape.hand(y, bench.input('dy', dy));
    tape.run(false);
    const values = await bench.run({ y, dx: tape.gradientOf(tensor) });
    expect([...values.y]).toEqual([...firstRows(x, images, tokens, kept)]);
    const spread = spreadRows(dy, images, kept, tokens);
    expect([...values.dx]).toEqual(Array.from(spread, (value, i) => Math.fround(value + (added ? passing[i]! : 0))));
  }
});
