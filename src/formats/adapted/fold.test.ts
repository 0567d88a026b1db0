import { describe, expect, it } from 'vitest';
import { foldLora } from './fold.js';

const tensor = (shape: readonly number[], values: readonly number[]) => ({ shape, data: Float32Array.from(values) });

describe('foldLora', () => {
  it('adds B A to the weight', () => {
    const weight = tensor([3, 2], [1, 2, 3, 4, 5, 6]);
    const a = tensor([1, 2], [10, 20]);
    const b = tensor([3, 1], [1, 0, -2]);
    expect([...foldLora(weight, a, b, 'qkv').data]).toEqual([11, 22, 3, 4, 5 - 20, 6 - 40]);
    expect([...weight.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('sums in float64', () => {
    // 1e8 + 1 - 1e8 is 0 in float32.
    const weight = tensor([1, 1], [1]);
    expect([...foldLora(weight, tensor([2, 1], [1e8, 1e8]), tensor([1, 2], [1, -1]), 'qkv').data]).toEqual([1]);
  });

  it('names what does not fit', () => {
    expect(() => foldLora(tensor([3, 2], []), tensor([1, 3], []), tensor([3, 1], []), 'blocks.0.attn.qkv.weight')).toThrow(
      "blocks.0.attn.qkv.weight: LoRA's [1, 3] and [3, 1] do not fit a weight of [3, 2]",
    );
  });
});
