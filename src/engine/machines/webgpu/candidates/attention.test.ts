import { expect, test } from 'vitest';
import { attentionCandidates, orderedAttention, picturesStored, slicesOf, storageOf, tileConstants } from './attention.js';

/** The limits that every adapter has, and those of a large graphics card. */
const LEAST = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16_384 };
const LARGE = { maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupStorageSize: 49_152 };
const WIDTHS = [1, 16, 17, 24, 36, 64, 80, 128, 272];

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

test.each(WIDTHS.flatMap((headWidth) => ([1, 2] as const).map((products) => ({ headWidth, products }))))(
  'every candidate keeps to the limits of the device and of the template, D $headWidth, products $products',
  (pass) => {
    for (const limits of [LEAST, LARGE]) {
      const all = attentionCandidates(pass, limits, true);
      expect(all.length).toBeGreaterThan(0);
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      for (const { name, tile, fused } of all) {
        const { ACROSS, DOWN, STEP, HELD, OWN, STAGED } = tileConstants(tile, pass);
        expect([ACROSS, DOWN, STEP, STAGED].every(isPowerOfTwo), name).toBe(true);
        expect(ACROSS * DOWN, name).toBeLessThanOrEqual(limits.maxComputeInvocationsPerWorkgroup);
        expect(storageOf({ tile, fused }, pass), name).toBeLessThanOrEqual(limits.maxComputeWorkgroupStorageSize);
        // The memory of the staged columns is used for their values afterwards, in whole tiles.
        expect(STAGED * OWN * ACROSS, name).toBeLessThanOrEqual(pass.products * 4 * STEP * ACROSS);
        expect(tile.columns % STAGED, name).toBe(0);
        expect(HELD % STEP, name).toBe(0);
        // The workgroups cover all of the head's width, and each has work.
        const cells = Math.ceil(pass.headWidth / 4);
        expect(slicesOf(tile, pass) * OWN * ACROSS, name).toBeGreaterThanOrEqual(cells);
        expect((slicesOf(tile, pass) - 1) * OWN * ACROSS, name).toBeLessThan(cells);
      }
    }
  },
);

test.each([
  ['16 KiB', LEAST, 1, ['32x32x32', '32x32x16']],
  // The backward has twice as many operands.
  ['16 KiB', LEAST, 2, ['32x32x16']],
  ['48 KiB', LARGE, 2, ['32x32x32', '32x32x16']],
] as const)('the likeliest first, of those that fit %s of workgroup memory', (_memory, limits, products, first) => {
  const ordered = orderedAttention({ products, headWidth: 64 }, limits, true).map(({ name }) => name);
  expect(ordered.slice(0, first.length)).toEqual(first);
  expect(new Set(ordered)).toEqual(
    new Set(attentionCandidates({ products, headWidth: 64 }, limits, true).map(({ name }) => name)),
  );
});

test('tiles that fit only without fusion are candidates without it', () => {
  const limits = { ...LEAST, maxComputeWorkgroupStorageSize: 32_768 };
  const names = attentionCandidates({ products: 2, headWidth: 64 }, limits, true).map(({ name }) => name);
  expect(names).toContain('64x64x32 unfused');
  expect(names).not.toContain('64x64x32');
});

test('without room for stored scores no candidate stores them', () => {
  const pass = { products: 1, headWidth: 64 } as const;
  expect(attentionCandidates(pass, LEAST, false).every(({ fused }) => fused)).toBe(true);
  expect(attentionCandidates(pass, LEAST, true).some(({ fused }) => !fused)).toBe(true);
});

test.each([
  // ViT-B at 224 pixels: 12 heads of 197 x 200 scores.
  [32, 4 * 12 * 197 * 200, 2 ** 27, 17],
  [8, 4 * 12 * 197 * 200, 2 ** 27, 8],
  // More than what is stored at a time, but a binding's worth; and more than that.
  [8, 2 ** 26, 2 ** 27, 1],
  [8, 2 ** 28, 2 ** 27, 0],
  [8, 2 ** 20, 2 ** 22, 4],
])(
  'of %i pictures of %i bytes of scores each, with bindings of %i bytes, %i are stored at a time',
  (images, each, most, stored) => {
    expect(picturesStored(images, each, most)).toBe(stored);
  },
);
