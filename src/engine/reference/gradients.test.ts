import { describe, expect, it } from 'vitest';
import { Fixtures } from '../../testing/fixtures.js';
import { dot, expectGradient } from '../../testing/numbers/gradcheck.js';
import { attention, attentionBackward } from './layers/attention.js';
import { crossEntropy } from './cross-entropy.js';
import { gelu, geluBackward } from './layers/gelu.js';
import { layerNorm, layerNormBackward } from './layers/layer-norm.js';
import { linear, linearBackward } from './layers/linear.js';
import { match } from './merging/match.js';
import { gatherPairs, gatherPairsBackward, merge, mergeBackward } from './merging/merge.js';
import { pyra, pyraBackward, WHOLE_PYRA } from './merging/pyra.js';
import { quickGelu, quickGeluBackward } from './layers/quick-gelu.js';

describe('each backward agrees with finite differences', () => {
  it.each([
    [1, 1, 1],
    [3, 7, 5],
    [2, 1, 13],
  ])('linear, %i x %i -> %i', (rows, depth, columns) => {
    const shape = { rows, depth, columns };
    const random = new Fixtures(1);
    const [a, weight, bias] = [random.normal(rows * depth), random.normal(columns * depth), random.normal(columns)];
    const dout = random.normal(rows * columns);
    const back = linearBackward(dout, a, weight, shape);
    const f = (): number => dot(linear(a, weight, bias, shape), dout);
    expectGradient('da', f, a, back.da);
    expectGradient('dweight', f, weight, back.dweight);
    expectGradient('dbias', f, bias, back.dbias);
  });

  it.each([
    [1, 2],
    [3, 7],
  ])('layerNorm, %i rows of %i', (rows, channels) => {
    const random = new Fixtures(2);
    const x = random.normal(rows * channels, 2, 1);
    const [gamma, beta, dy] = [random.normal(channels), random.normal(channels), random.normal(rows * channels)];
    const shape = { rows, channels };
    const back = layerNormBackward(dy, x, gamma, 1e-3, shape);
    const f = (): number => dot(layerNorm(x, gamma, beta, 1e-3, shape), dy);
    expectGradient('dx', f, x, back.dx);
    expectGradient('dgamma', f, gamma, back.dgamma);
    expectGradient('dbeta', f, beta, back.dbeta);
  });

  it('gelu and quickGelu', () => {
    const random = new Fixtures(3);
    const [x, dy] = [random.normal(17, 2), random.normal(17)];
    expectGradient('gelu', () => dot(gelu(x), dy), x, geluBackward(dy, x));
    expectGradient('quickGelu', () => dot(quickGelu(x), dy), x, quickGeluBackward(dy, x));
  });

  it.each([
    { images: 1, tokens: 1, heads: 1, headWidth: 1 },
    { images: 2, tokens: 5, heads: 3, headWidth: 2 },
    { images: 1, tokens: 7, heads: 1, headWidth: 5 },
  ])('attention, %o', (shape) => {
    const random = new Fixtures(4);
    const { images, tokens, heads, headWidth } = shape;
    const qkv = random.normal(images * tokens * 3 * heads * headWidth);
    const size = Float64Array.from(random.integers(images * tokens, 1, 9));
    const dout = random.normal(images * tokens * heads * headWidth);
    expectGradient('with sizes', () => dot(attention(qkv, size, shape), dout), qkv, attentionBackward(dout, qkv, size, shape));
    expectGradient('without', () => dot(attention(qkv, null, shape), dout), qkv, attentionBackward(dout, qkv, null, shape));
  });

  it.each([
    { halves: WHOLE_PYRA, r: 5, channels: 3 },
    { halves: { channels: true, pairs: false }, r: 5, channels: 3 },
    { halves: { channels: false, pairs: true }, r: 5, channels: 3 },
    { halves: WHOLE_PYRA, r: 1, channels: 7 },
    { halves: WHOLE_PYRA, r: 5, channels: 3, trainedPairs: 2 },
    { halves: { channels: true, pairs: false }, r: 5, channels: 3, trainedPairs: 2 },
    { halves: { channels: false, pairs: true }, r: 5, channels: 3, trainedPairs: 0 },
  ])('pyra, %o', ({ halves, r, channels, trainedPairs = r }) => {
    const random = new Fixtures(5);
    const shape = { images: 2, r, channels, trainedPairs };
    const [src, dst, dout] = [random.normal(2 * r * channels), random.normal(2 * r * channels), random.normal(2 * r * channels)];
    const weights = {
      gamma: random.normal(channels),
      beta: random.normal(channels),
      a: random.normal(r),
      b: random.normal(channels),
    };
    const back = pyraBackward(dout, src, dst, weights, halves, pyra(src, dst, weights, halves, shape), shape);
    const f = (): number => dot(pyra(src, dst, weights, halves, shape).out, dout);
    expectGradient('dsrc', f, src, back.dsrc);
    expectGradient('ddst', f, dst, back.ddst);
    expectGradient('dgamma', f, weights.gamma, back.dgamma);
    expectGradient('dbeta', f, weights.beta, back.dbeta);
    expectGradient('da', f, weights.a, back.da);
    expectGradient('db', f, weights.b, back.db);
  });

  it.each([
    { tokens: 3, r: 1, protectedTokens: 1 },
    { tokens: 13, r: 5, protectedTokens: 1 },
    { tokens: 14, r: 6, protectedTokens: 2 },
    { tokens: 11, r: 2, protectedTokens: 2 },
  ])('gathering, modulation and merge together, %o', ({ tokens, r, protectedTokens }) => {
    const random = new Fixtures(6);
    const [images, channels] = [2, 3];
    const shape = { images, tokens, channels, r };
    const pairs = match(random.normal(images * tokens * 4), { images, tokens, headWidth: 4, r, protectedTokens });
    const x = random.normal(images * tokens * channels);
    const size = Float64Array.from(random.integers(images * tokens, 1, 9));
    const dout = random.normal(images * (tokens - r) * channels);
    const plain = merge(x, size, pairs, null, shape);
    const plainBack = mergeBackward(dout, size, plain.size, pairs, false, shape);
    expectGradient('ToMe', () => dot(merge(x, size, pairs, null, shape).out, dout), x, plainBack.dx);

    // In place of the modulation, a function that mixes src and dst: 2 src - 3 dst.
    const modulated = (): Float64Array => {
      const { src, dst } = gatherPairs(x, size, pairs, shape);
      return src.map((value, i) => 2 * value - 3 * dst[i]!);
    };
    const back = mergeBackward(dout, size, plain.size, pairs, true, shape);
    const dsrc = back.dmodulated.map((value) => 2 * value);
    const ddst = back.dmodulated.map((value) => -3 * value);
    gatherPairsBackward(back.dx, dsrc, ddst, size, pairs, shape);
    expectGradient('modulated', () => dot(merge(x, size, pairs, modulated(), shape).out, dout), x, back.dx);
  });

  it('crossEntropy', () => {
    const logits = new Fixtures(7).normal(15, 3);
    const shape = { images: 3, classes: 5 };
    expectGradient(
      'dlogits',
      () => crossEntropy(logits, [4, 0, 2], shape).loss,
      logits,
      crossEntropy(logits, [4, 0, 2], shape).dlogits,
    );
    const weights = [0.25, 2, 0];
    expectGradient(
      'dlogits by weights',
      () => crossEntropy(logits, [4, 0, 2], shape, weights).loss,
      logits,
      crossEntropy(logits, [4, 0, 2], shape, weights).dlogits,
    );
  });

  it('fails for a gradient that is 1 % off', () => {
    const x = Float64Array.of(1, 2, 3);
    expect(() => expectGradient('wrong', () => dot(x, x), x, Float64Array.of(2, 4, 6.06))).toThrow(/wrong: relative L2 error/);
  });
});
