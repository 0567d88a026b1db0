import { expect, test } from 'vitest';
import { laneCandidates } from './lanes.js';

const LIMITS = { maxComputeInvocationsPerWorkgroup: 256 };
const names = (lanes: number, subgroups: boolean): string[] => laneCandidates(lanes, LIMITS, subgroups).map(({ name }) => name);

test('workgroups keep to the limit, and have whole subgroups of every size where they use them', () => {
  expect(names(32, true)).toEqual(['4 rows', '8 rows', '2 rows', '1 rows', '4 rows by subgroups', '8 rows by subgroups']);
  expect(names(64, true)).toEqual(['4 rows', '2 rows', '1 rows', '4 rows by subgroups', '2 rows by subgroups']);
  expect(names(64, false)).toEqual(['4 rows', '2 rows', '1 rows']);
});
