import { expect, test } from 'vitest';
import type { FullBenchmark, FullRow } from '../protocol/benchmark/full.js';
import { fullLine, fullMarkdown } from './full-benchmark.js';

const product = (candidate: string, milliseconds: number): FullRow => ({
  ...{ section: 'product', model: 'ViT-S/16', layer: 'fc1, none', direction: 'forward', rows: 3152, columns: 1536, depth: 384 },
  ...{ candidate, milliseconds, teraflops: 2 / milliseconds, gigabytes: 10 / milliseconds, shapeClass: 'fc1' },
});

const rows: FullRow[] = [
  { section: 'golden', file: 'pyra_lora', passed: true, tensors: 75, over: [] },
  { section: 'golden', file: 'full', passed: false, tensors: 94, over: ['logits'] },
  { section: 'peak', teraflops: 8, gigabytes: 400 },
  product('registers', 1),
  product('32x32x8 by 4x4', 0.5),
  {
    section: 'candidate',
    model: 'ViT-S/16',
    choice: 'attention',
    candidate: '32x32x32',
    milliseconds: 4,
    teraflops: 1,
    gigabytes: 50,
  },
  {
    section: 'candidate',
    model: 'ViT-S/16',
    choice: 'attention',
    candidate: '64x64x16 unfused',
    milliseconds: 2,
    teraflops: 2,
    gigabytes: 100,
  },
  { section: 'kernel', model: 'ViT-S/16', operation: 'merge', kind: 'merge', milliseconds: 0.1, teraflops: null, gigabytes: 100 },
  {
    ...{
      section: 'plan',
      model: 'ViT-S/16',
      method: 'pyra',
      schedule: 'high',
      precision: 'half weights',
      what: 'step',
      batch: 16,
      milliseconds: 20,
    },
    ...{
      picturesPerSecond: 800,
      teraflops: 4,
      dispatches: 321,
      submissions: 2,
      encodeMilliseconds: 1.5,
      compileMilliseconds: 2500,
    },
    ...{ planBytes: 2 ** 28, weightBytes: 2 ** 26 },
    operations: [
      { operation: 'fc1', kind: 'linear', count: 12, milliseconds: 15, gflops: 4100, share: 0.75 },
      { operation: 'head', kind: 'linear', count: 1, milliseconds: 0.02, gflops: 10, share: 0.001 },
    ],
  },
  { section: 'missing', what: 'ViT-L/16', why: 'it did not fit into the time' },
  { section: 'missing', what: 'ViT-B/16', why: 'it did not fit into the time' },
];

const report: FullBenchmark = {
  adapter: { name: 'a card', vendor: 'x', architecture: 'y', description: 'a card of y', kind: 'gpu', features: [] },
  ...{ toggles: null, began: '2026-01-01T00:00:00Z', seconds: 400, rows, choices: { fc1: 'registers', attention: '32x32x32' } },
};

test('the table has each shape once, with its fastest candidate, the share of the peak, and the tuner’s candidate', () => {
  const lines = fullMarkdown(report).split('\n');
  expect(lines[0]).toBe('### a card');
  expect(lines).toContain('Golden files: 1 of 2 agree, not full (logits).');
  expect(lines).toContain(
    '| ViT-S/16 | fc1, none | forward | 3152 x 1536 x 384 | 2 | 32x32x8 by 4x4 | 0.5 | 4 | 50.0 % | 20 | 5.0 % | registers | 50.0 % |',
  );
  expect(lines).toContain('| ViT-S/16 | attention | 2 | 64x64x16 unfused | 2 | 2 | 25.0 % | 100 | 25.0 % | 32x32x32 | 50.0 % |');
  expect(lines).toContain('| ViT-S/16 | merge | 0.1 |  |  | 100 | 25.0 % |');
  expect(lines).toContain(
    '| ViT-S/16 | pyra | high | half weights | step | 16 | 20 | 800 | 4 | 50.0 % | 321 | 2 | 1.5 | 2.5 | 256 | 64 |',
  );
  expect(lines).toContain('| ViT-S/16, pyra, high, half weights, step | fc1 | 12 | 15 | 75.0 % | 4100 |');
  expect(lines.some((line) => line.includes('| head |'))).toBe(false);
  expect(lines).toContain('- it did not fit into the time: ViT-L/16; ViT-B/16');
});

test('a report with toggles that browsers do not have says so', () => {
  expect(fullMarkdown({ ...report, toggles: 'disable_robustness' })).toContain("Dawn's toggles disable_robustness");
  expect(fullMarkdown(report)).toContain('default toggles');
});

test('every kind of row has a line', () => {
  const peak = rows.find((row) => row.section === 'peak');
  const lines = rows.map((row) => fullLine(row, peak));
  expect(lines[1]).toBe('golden full: OVER in logits');
  expect(lines[4]).toBe(
    'ViT-S/16 fc1, none, forward, 3152 x 1536 x 384: 32x32x8 by 4x4: 0.5 ms, 4 TFLOP/s (50.0 % of peak), 20 GB/s (5.0 % of a copy)',
  );
  expect(lines[5]).toBe('ViT-S/16 attention: 32x32x32: 4 ms, 1 TFLOP/s (12.5 % of peak), 50 GB/s (12.5 % of a copy)');
  expect(lines[7]).toBe('ViT-S/16 merge: 0.1 ms, 100 GB/s (25.0 % of a copy)');
  expect(fullLine(rows[7]!)).toBe('ViT-S/16 merge: 0.1 ms, 100 GB/s');
  expect(lines[8]).toBe('ViT-S/16, pyra, high, half weights, step of 16: 20 ms, 800 img/s, 4 TFLOP/s');
  expect(new Set(lines).size).toBe(rows.length);
});
