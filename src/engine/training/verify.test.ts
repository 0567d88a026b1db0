import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readGoldenFile } from '../../formats/golden.js';
import { byteSourceFromPath } from '../../headless/inputs/files.js';
import { GOLDEN_NAMES } from '../../testing/golden.js';
import { referenceMachine } from '../../testing/machines/reference-machine.js';
import { verifyGolden } from './verify.js';

const read = async (name: string) =>
  readGoldenFile(await byteSourceFromPath(fileURLToPath(new URL(`../../../public/golden/${name}.safetensors`, import.meta.url))));

test.each(GOLDEN_NAMES)('records are complete: plain loops run the records of %s and give the authors’ numbers', async (name) => {
  const { rows } = await verifyGolden(referenceMachine(), await read(name));
  // Both sides compute in float64 and store in float32, so each number, and each weight in a step, may differ by half a unit in the last
  // place.
  const over = rows.filter(
    ({ error, bound, tensor }) => error > bound || (/^(logits|blocks|loss|grads)/.test(tensor) && error > 1e-6),
  );
  expect(over).toEqual([]);
  expect(rows.length).toBeGreaterThan(20);
});
