import { describe, expect, it } from 'vitest';
import { PixelCache } from '../../data/batches.js';
import { colourDataset, MeanPixelNetwork } from '../../testing/mean-pixel-network.js';
import { evaluate, judge, Tally } from './evaluation.js';

describe('judge', () => {
  it('predicts the first of equal logits, and gives PyTorch’s cross-entropy', () => {
    // torch.nn.functional.cross_entropy(torch.tensor([[1., 2., 3.]], dtype=torch.float64), torch.tensor([k]))
    expect(judge([1, 2, 3], 0, 3, 2)).toEqual({ predicted: 2, loss: expect.closeTo(0.4076059644443804, 14) });
    expect(judge([1, 2, 3], 0, 3, 0).loss).toBeCloseTo(2.40760596444438, 13);
    expect(judge([0, 5, 5, 9], 0, 3, 1).predicted).toBe(1);
    expect(judge([9, 9, 1000, -1000, 0], 2, 3, 1).loss).toBe(2000);
  });
});

describe('a tally', () => {
  it('counts by true class and predicted class', () => {
    const tally = new Tally(3);
    expect(tally.add(Float32Array.of(1, 0, 0, 0, 1, 0, 1, 0, 0), [0, 1, 1], () => '')).toEqual([0, 1, 0]);
    tally.add(Float32Array.of(0, 1, 0), [1], () => '');
    const { accuracy, classAccuracy, confusion, images, imagesPerSecond } = tally.result(2);
    expect({ accuracy, classAccuracy, confusion, images, imagesPerSecond }).toEqual({
      accuracy: 0.75,
      classAccuracy: [1, 2 / 3, null],
      confusion: [
        [1, 0, 0],
        [1, 2, 0],
        [0, 0, 0],
      ],
      images: 4,
      imagesPerSecond: 2,
    });
  });

  it('refuses logits that are not finite, with the picture’s name', () => {
    expect(() => new Tally(2).add(Float32Array.of(0, 0, NaN, 1), [0, 1], (i) => `picture ${i}`)).toThrow(
      'the logits of picture 1 are not finite',
    );
  });
});

describe('evaluate', () => {
  it('reports each picture’s prediction, also in the last, partial batch', async () => {
    const pictures = new PixelCache(colourDataset({ train: 3, validation: 3, test: 11 }), 8);
    const evaluator = await new MeanPixelNetwork({ side: 8, classes: 3 }).evaluator(4);
    const seen: number[] = [];
    const result = await evaluate(evaluator, pictures, 'test', { onPrediction: (index) => seen.push(index) });
    expect(result?.images).toBe(11);
    expect(seen).toEqual(pictures.dataset.parts.test);
  });

  it('ends without a result where the gate stops it', async () => {
    const pictures = new PixelCache(colourDataset({ train: 3, validation: 3, test: 11 }), 8);
    const evaluator = await new MeanPixelNetwork({ side: 8, classes: 3 }).evaluator(4);
    let asked = 0;
    expect(await evaluate(evaluator, pictures, 'test', { gate: async () => (++asked > 2 ? 'stop' : 'go') })).toBeNull();
  });
});
