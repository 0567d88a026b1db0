import { expect, it } from 'vitest';
import { verdict } from './verdict.js';

const row = (error: number, bound: number) => ({ tensor: 'logits', error, bound, passed: error <= bound });
const report = (...rows: ReturnType<typeof row>[]) => ({ file: 'a', passed: rows.every(({ passed }) => passed), rows });

it('says whether all tensors are within their bounds, and how near the worst comes', () => {
  const good = report(row(0, 0), row(1e-6, 4e-6), row(1e-6, 1e-5));
  expect(verdict([good], 'a card')).toBe(
    'Yes: all 3 tensors of 1 file are within their bounds on a card. The largest error is 25\u00a0% of its bound.',
  );
  expect(verdict([good, report(row(2e-6, 1e-6))], 'a card')).toBe('No: 1 of 4 tensors of 2 files are over the bound on a card.');
});
