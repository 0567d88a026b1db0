import { expect, it } from 'vitest';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { readTypedReference } from '../../protocol/hub/references.js';
import { SUGGESTED, throughputOf } from './suggested.js';

const [tiny, , small] = SUGGESTED;
if (!tiny || !small) throw new Error('there are suggestions');

it('names repositories that the page can ask for', () => {
  for (const { repository } of SUGGESTED) {
    expect(readTypedReference(repository).reference).toMatchObject({ kind: 'repository', name: repository });
  }
});

it('expects a small ViT at about a quarter of a tiny one’s speed', () => {
  // ViT-Ti/16 at 224 takes 1.26 GMACs, ViT-S/16 4.6 (DeiT's table of architectures).
  const plain = { ...PAPER_RECIPE, method: 'none' as const };
  const at = throughputOf(tiny, plain, { imagesPerSecond: 100, macs: 1.26e9 }, 1000);
  expect(at).toBeGreaterThan(90);
  expect(at).toBeLessThan(110);
  const ratio = (throughputOf(small, plain, { imagesPerSecond: 100, macs: 1.26e9 }, 1000) ?? 0) / (at ?? 1);
  expect(ratio).toBeCloseTo(1.26 / 4.6, 1);
});

it('merging makes it faster, and what is not known is not said', () => {
  const merging = throughputOf(tiny, { ...PAPER_RECIPE, schedule: 'high' }, { imagesPerSecond: 10, macs: 1e9 }, 10) ?? 0;
  const plain = throughputOf(tiny, { ...PAPER_RECIPE, method: 'none' }, { imagesPerSecond: 10, macs: 1e9 }, 10) ?? 0;
  expect(merging).toBeGreaterThan(1.5 * plain);
  expect(throughputOf(tiny, PAPER_RECIPE, { imagesPerSecond: null, macs: 1e9 }, 10)).toBeNull();
  expect(throughputOf(tiny, { ...PAPER_RECIPE, schedule: '1,1' }, { imagesPerSecond: 10, macs: 1e9 }, 10)).toBeNull();
});
