import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectClose } from '../../testing/numbers/closeness.js';
import { adamw, ADAMW_DEFAULTS } from './adamw.js';
import { attention, attentionBackward } from './layers/attention.js';
import { crossEntropy } from './cross-entropy.js';
import { embed } from './layers/embed.js';
import { erf, gelu, geluBackward } from './layers/gelu.js';
import { layerNorm, layerNormBackward } from './layers/layer-norm.js';
import { interpolatePositions } from './layers/positions.js';

const numbers = z.array(z.number()).transform((values) => Float64Array.from(values));
const schema = z.object({
  gelu: z.object({ x: numbers, y: numbers, dx: numbers }),
  erf: z.object({ x: numbers, y: numbers }),
  adamw: numbers,
  layerNorm: z.object({ y: numbers, dx: numbers, dweight: numbers, dbias: numbers }),
  attention: z.object({ out: numbers, dqkv: numbers }),
  crossEntropy: z.object({ loss: z.number(), dlogits: numbers }),
  embed: numbers,
  'positions 3 2': numbers,
  'positions 2 5': numbers,
  'positions 4 7': numbers,
  'positions 1 3': numbers,
  'positions 6 1': numbers,
});
const torch = schema.parse(JSON.parse(readFileSync(new URL('../../testing/golden/torch-numbers.json', import.meta.url), 'utf8')));

/** The difference of two float64 programs that add in different orders: a few hundred roundings of 1e-16. */
const FLOAT64 = 1e-13;

const wave = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => Math.sin(1.3 * i + 0.7));
const cosines = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => Math.cos(i));

describe('agrees with PyTorch in float64', () => {
  it('erf and gelu', () => {
    expectClose('erf', torch.erf.x.map(erf), torch.erf.y, FLOAT64);
    expectClose('gelu', gelu(torch.gelu.x), torch.gelu.y, FLOAT64);
    expectClose('dgelu', geluBackward(new Float64Array(11).fill(1), torch.gelu.x), torch.gelu.dx, FLOAT64);
  });

  it('layerNorm', () => {
    const weight = Float64Array.of(1, 2, -1, 0.5, 3);
    const shape = { rows: 3, channels: 5 };
    const bias = Float64Array.of(0, 0.1, 0.2, 0.3, 0.4);
    expectClose('y', layerNorm(wave(15), weight, bias, 1e-6, shape), torch.layerNorm.y, FLOAT64);
    const back = layerNormBackward(cosines(15), wave(15), weight, 1e-6, shape);
    expectClose('dx', back.dx, torch.layerNorm.dx, FLOAT64);
    expectClose('dgamma', back.dgamma, torch.layerNorm.dweight, FLOAT64);
    expectClose('dbeta', back.dbeta, torch.layerNorm.dbias, FLOAT64);
  });

  it('attention with the proportional bias', () => {
    const shape = { images: 1, tokens: 3, heads: 2, headWidth: 2 };
    const size = Float64Array.of(1, 3, 2);
    expectClose('out', attention(wave(36), size, shape), torch.attention.out, FLOAT64);
    expectClose('dqkv', attentionBackward(cosines(12), wave(36), size, shape), torch.attention.dqkv, FLOAT64);
  });

  it('crossEntropy', () => {
    const result = crossEntropy(
      wave(8).map((value) => 3 * value),
      [2, 0],
      { images: 2, classes: 4 },
    );
    expectClose('loss', [result.loss], [torch.crossEntropy.loss], FLOAT64);
    expectClose('dlogits', result.dlogits, torch.crossEntropy.dlogits, FLOAT64);
    // sin(0.7 + 1.3 i) is largest at i = 1 and at i = 5, that is at class 1 of both images.
    expect(result.correct).toBe(0);
  });

  it('three steps of adamw', () => {
    const weight = Float64Array.of(1, -2, 0.5);
    const m = new Float64Array(3);
    const v = new Float64Array(3);
    const gradients = [
      [0.1, -0.2, 0],
      [0.3, 0.1, 0],
      [-0.5, 0.2, 1e-9],
    ];
    gradients.forEach((gradient, i) => {
      adamw(weight, Float64Array.from(gradient), m, v, { ...ADAMW_DEFAULTS, learningRate: 0.01, weightDecay: 0.1, step: i + 1 });
    });
    expectClose('weight', weight, torch.adamw, FLOAT64);
  });

  it('patch embedding with tokens in front and positions', () => {
    const projection = Float64Array.from({ length: 24 }, (_, i) => Math.cos(0.37 * i));
    const positions = wave(12).map((value) => 0.1 * value);
    const prefix = [Float64Array.of(7, 8), Float64Array.of(9, 10)];
    const shape = { images: 2, imageSize: 4, patchSize: 2, channels: 2 };
    const x = embed(wave(96), { projection, bias: Float64Array.of(0.5, -0.5), prefix, positions }, shape);
    const expected = [0, 1].flatMap((b) =>
      [7, 8, 9, 10, ...torch.embed.subarray(8 * b, 8 * b + 8)].map((value, i) => value + positions[i]!),
    );
    expectClose('x', x, expected, FLOAT64);
  });

  it.each([
    [3, 2],
    [2, 5],
    [4, 7],
    [1, 3],
    [6, 1],
  ] as const)('bicubic positions from %i to %i', (from, to) => {
    const prefix = Float64Array.of(5, 6);
    const position = Float64Array.of(...prefix, ...wave(from * from * 2));
    const expected = torch[`positions ${from} ${to}` as keyof typeof torch];
    const found = interpolatePositions(position, 1, from, to, 2);
    expect([...found.subarray(0, 2)]).toEqual([5, 6]);
    if (!(expected instanceof Float64Array)) throw new TypeError('the fixture has no such grid');
    expectClose('positions', found.subarray(2), expected, FLOAT64);
  });

  it('positions on the same grid are unchanged', () => {
    expect(interpolatePositions(wave(10), 1, 2, 2, 2)).toEqual(wave(10));
  });
});
