import { expect, it } from 'vitest';
import { usualImageSize } from './architecture.js';
import { WHOLE_PICTURE } from './framing.js';

const vit = (imageSize: number, patchSize: number, side: number | null = null, registers = 0) =>
  usualImageSize({ imageSize, patchSize, distilled: false, registers, framing: { ...WHOLE_PICTURE, side } });

it('a backbone starts at the side that its files say, else at its own', () => {
  expect(vit(224, 16)).toBe(224);
  expect(vit(96, 8)).toBe(96);
  expect(vit(224, 16, 384)).toBe(384);
  // transformers' DINOv2: positions for 518 pixels, a processor that cuts 224.
  expect(vit(518, 14, 224)).toBe(224);
  // 1,025 tokens.
  expect(vit(512, 16)).toBe(512);
});

it('a backbone made for too many tokens starts at 224 pixels, wherever its side is stated', () => {
  expect(vit(518, 14)).toBe(224);
  // timm's DINOv2: 518 in its configuration too, with registers or without.
  expect(vit(518, 14, 518)).toBe(224);
  expect(vit(518, 14, 518, 4)).toBe(224);
});

it('a side is a whole number of patches', () => {
  expect(vit(518, 14, 230)).toBe(224);
  expect(vit(224, 16, 8)).toBe(224);
});
