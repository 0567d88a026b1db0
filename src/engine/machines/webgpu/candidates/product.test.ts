import { expect, test } from 'vitest';
import { columnsOf, orderedCandidates, productCandidates, rowsOf, storageOf, type WorkgroupLimits } from './product.js';

/** The limits that every adapter has, and those of a large graphics card. */
const LEAST = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16_384 };
const LARGE = { maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupStorageSize: 49_152 };

const tilesOf = (limits: WorkgroupLimits) =>
  productCandidates(limits, true).flatMap((candidate) => (candidate.kernel === 'tiled' ? [candidate] : []));

test.each([LEAST, LARGE])('every candidate keeps to the device’s limits, and its name gives all of its sizes', (limits) => {
  const all = productCandidates(limits, true);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { name, tile } of tilesOf(limits)) {
    const invocations = tile.across * tile.down;
    expect(invocations, name).toBeLessThanOrEqual(limits.maxComputeInvocationsPerWorkgroup);
    expect(storageOf(tile), name).toBeLessThanOrEqual(limits.maxComputeWorkgroupStorageSize);
    // An invocation fetches at most one block of four by four of each matrix.
    expect((rowsOf(tile) / 4) * (tile.step / 4), name).toBeLessThanOrEqual(invocations);
    expect((columnsOf(tile) / 4) * (tile.step / 4), name).toBeLessThanOrEqual(invocations);
    expect(name).toContain(`${rowsOf(tile)}x${columnsOf(tile)}x${tile.step} by ${tile.rows}x${tile.columns}`);
  }
});

test('tiles have sides of 32 to 128, 4 to 8 for each invocation, 8 to 32 of K, with and without padding, single and double', () => {
  const tiles = tilesOf(LARGE).map(({ tile }) => tile);
  const values = (of: (tile: (typeof tiles)[number]) => unknown): Set<unknown> => new Set(tiles.map(of));
  expect(values(rowsOf)).toEqual(new Set([32, 64, 128]));
  expect(values(columnsOf)).toEqual(new Set([32, 64, 128]));
  expect(values(({ rows, columns }) => `${rows}x${columns}`)).toEqual(new Set(['4x4', '4x8', '8x4', '8x8']));
  expect(values(({ step }) => step)).toEqual(new Set([8, 16, 32]));
  expect(values(({ padded }) => padded)).toEqual(new Set([false, true]));
  expect(values(({ double }) => double)).toEqual(new Set([false, true]));
});

test('candidates that broadcast are offered only where shaders can use subgroups', () => {
  const broadcasts = (subgroups: boolean) => productCandidates(LEAST, subgroups).filter(({ kernel }) => kernel === 'broadcast');
  expect(broadcasts(false)).toEqual([]);
  expect(broadcasts(true).map(({ name }) => name)).toContain('16x128 by 16x4 broadcast');
  const without = orderedCandidates({ vendor: 'intel', kind: 'gpu', description: '' }, LARGE, false);
  expect(without.slice(0, 2).map(({ name }) => name)).toEqual(['32x32x8 by 4x4', '32x64x16 by 4x4 padded']);
});

test.each([
  ['nvidia', 'gpu', '64x64x16 by 4x4 padded'],
  ['apple', 'gpu', 'registers'],
  ['intel', 'gpu', '32x32x8 by 4x4'],
  ['another', 'gpu', '32x32x8 by 4x4'],
  ['mesa', 'software', 'registers'],
])('the likeliest first: of %s as %s %s', (vendor, kind, first) => {
  const ordered = orderedCandidates({ vendor, kind, description: '' }, LARGE, true);
  expect(ordered[0]?.name).toBe(first);
  expect(new Set(ordered.map(({ name }) => name))).toEqual(new Set(productCandidates(LARGE, true).map(({ name }) => name)));
});
