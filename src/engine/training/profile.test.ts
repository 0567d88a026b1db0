import { expect, it } from 'vitest';
import type { OperationTime } from '../plan/machine.js';
import { profileRows } from './profile.js';

const run = (slower: number): OperationTime[] => [
  { kind: 'linear', label: 'blocks.0.qkv', macs: 4e6, milliseconds: slower },
  { kind: 'linear', label: 'blocks.11.qkv', macs: 4e6, milliseconds: 3 * slower },
  { kind: 'linearBackward', label: 'd blocks.11.qkv', macs: 4e6, milliseconds: 10 * slower },
  { kind: 'adamw', label: 'AdamW', macs: 0, milliseconds: 6 * slower },
];

it('adds up operations of all blocks, averages runs, and sorts by time', () => {
  expect(profileRows([run(1), run(2)])).toEqual([
    { operation: 'd qkv', kind: 'linearBackward', count: 1, milliseconds: 15, gflops: 8e6 / 15e6, share: 0.5 },
    { operation: 'AdamW', kind: 'adamw', count: 1, milliseconds: 9, gflops: null, share: 0.3 },
    { operation: 'qkv', kind: 'linear', count: 2, milliseconds: 6, gflops: 16e6 / 6e6, share: 0.2 },
  ]);
});
