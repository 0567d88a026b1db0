import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readGoldenFile } from '../../formats/golden.js';
import { byteSourceFromPath } from '../../headless/inputs/files.js';
import { GOLDEN_NAMES } from '../../testing/golden.js';
import { referenceMachine } from '../../testing/machines/reference-machine.js';
import { verifyGolden } from './verify.js';

const read = async (name: string) =>
  readGoldenFile(await byteSourceFromPath(fileURLToPath(new URL(`../../../public/golden/${name}.safetensors`, import.meta.url))));

test.each(GOLDEN_NAMES)(
  'the records say all that there is to compute: plain loops run %s to the authors’ numbers',
  async (name) => {
    const { rows } = await verifyGolden(referenceMachine(), await read(name));
    // Float64 on both sides, brought over in float32: half a unit in the last place of each number, and of each weight in a step.
    const over = rows.filter(
      ({ error, bound, tensor }) => error > bound || (/^(logits|blocks|loss|grads)/.test(tensor) && error > 1e-6),
    );
    expect(over).toEqual([]);
    expect(rows.length).toBeGreaterThan(20);
  },
);
