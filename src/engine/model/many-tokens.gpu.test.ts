import { expect, it } from 'vitest';
import { testMachine } from '../../testing/machines/gpu.js';
import { manyTokens } from '../../testing/many-tokens.js';
import { expectClose } from '../../testing/numbers/closeness.js';

/** The error of two float32 sums over 1,374 tokens: some dozens of roundings. */
const FEW_ROUNDINGS = 1e-5;

it('a picture of 518 pixels has 1,374 tokens with registers, and the GPU computes on them', async () => {
  const { tokens, logits, expected, left, loss } = await manyTokens(await testMachine());
  expect(tokens).toBe(1374);
  expectClose('logits', logits, expected, FEW_ROUNDINGS);
  expect(left).toEqual([874, 574]);
  expect(loss).toBeGreaterThan(0);
});
