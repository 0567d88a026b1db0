import { expect, test } from 'vitest';
import { perSecond } from './pace.js';

test('a rate is finite even if the clock shows no time passed', () => {
  expect(perSecond(200, 0.5)).toBe(400);
  expect(perSecond(200, 0)).toBe(200_000);
  expect(perSecond(0, 0)).toBe(0);
});
