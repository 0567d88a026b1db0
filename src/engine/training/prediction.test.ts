import { describe, expect, it } from 'vitest';
import type { SquarePicture } from '../../data/unlabelled.js';
import { PlaygroundError } from '../../vit/errors.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import type { Evaluator, PixelBatch } from '../model/types.js';
import { mostProbable, mostProbableOf, predictPictures, softmax, type Labelled } from './prediction.js';

const SIDE = 2;

/** An evaluator whose logit of class 1 grows with the first byte. */
function evaluator(seen: PixelBatch[]): Evaluator {
  return {
    batch: 1,
    macs: 0,
    bytes: 0,
    logits: async (batch) => {
      seen.push(batch);
      return Float32Array.of(0, Math.log((batch.pixels[0] ?? 0) || 1));
    },
    profile: async () => [],
    destroy: () => undefined,
  };
}

const picture = (name: string, first: number): SquarePicture => ({
  name,
  pixels: async () => {
    const bytes = new Uint8Array(SIDE * SIDE * 4);
    bytes[0] = first;
    return bytes;
  },
});
const broken: SquarePicture = {
  name: 'broken',
  pixels: () => Promise.reject(new PlaygroundError('data.image', 'broken: breaks off')),
};

async function all(labelled: AsyncGenerator<Labelled>): Promise<Labelled[]> {
  const found: Labelled[] = [];
  for await (const each of labelled) found.push(each);
  return found;
}

describe('predictions', () => {
  it('come one by one in the order of the pictures; a picture that cannot be decoded is reported and skipped', async () => {
    const seen: PixelBatch[] = [];
    const pictures = [picture('a', 1), broken, picture('b', 3), ...Array.from({ length: 30 }, (_, i) => picture(`c${i}`, 9))];
    const found = await all(predictPictures(evaluator(seen), pictures, { side: SIDE, framing: WHOLE_PICTURE }));
    expect(found).toHaveLength(33);
    expect(found[0]).toMatchObject({ kind: 'prediction', prediction: { name: 'a', label: 0, confidence: 0.5 } });
    expect(found[1]).toEqual({ kind: 'skipped', skipped: { name: 'broken', reason: 'broken: breaks off' } });
    expect(found[2]).toMatchObject({ prediction: { name: 'b', label: 1, milliseconds: expect.any(Number) } });
    expect(found[2]?.kind === 'prediction' && found[2].prediction.confidence).toBeCloseTo(0.75, 6);
    // A forward of an empty picture comes first, and then one picture at a time.
    expect(seen.map(({ count }) => count)).toEqual(Array<number>(33).fill(1));
    expect(seen[0]?.pixels.every((byte) => byte === 0)).toBe(true);
  });

  it('end when they are stopped', async () => {
    let asked = 0;
    const gate = async (): Promise<'go' | 'stop'> => (++asked > 2 ? 'stop' : 'go');
    const pictures = [picture('a', 1), picture('b', 1), picture('c', 1)];
    expect(await all(predictPictures(evaluator([]), pictures, { side: SIDE, framing: WHOLE_PICTURE }, gate))).toHaveLength(2);
  });

  it('reject with errors that are not a picture’s fault', async () => {
    const lost: SquarePicture = { name: 'x', pixels: () => Promise.reject(new Error('the disk is gone')) };
    await expect(all(predictPictures(evaluator([]), [lost], { side: SIDE, framing: WHOLE_PICTURE }))).rejects.toThrow(
      'the disk is gone',
    );
  });
});

it('of equal logits the first is the most probable, and logits that are not finite are refused', () => {
  expect(mostProbable(Float32Array.of(1, 1), 'a')).toEqual({ label: 0, confidence: 0.5 });
  expect(mostProbable(Float32Array.of(-1000, 1000, 0), 'a')).toEqual({ label: 1, confidence: 1 });
  expect(mostProbableOf(Float32Array.of(0, 0, -1000), 'a', 2)).toEqual([
    { label: 0, confidence: 0.5 },
    { label: 1, confidence: 0.5 },
  ]);
  for (const logits of [
    [NaN, 1],
    [1, NaN],
    [Infinity, 0],
  ]) {
    expect(() => mostProbable(Float32Array.from(logits), 'a')).toThrow('the logits of a are not finite');
  }
});

it('probabilities are finite for logits of any size', () => {
  // e / (1 + e), 1 / (1 + e)
  expect([...softmax(Float32Array.of(1001, 1000))].map((value) => value.toFixed(6))).toEqual(['0.731059', '0.268941']);
});
