import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compareForm, formsIn } from './compare.js';

const FOLDER = fileURLToPath(new URL('../../src/formats/fixtures/libraries', import.meta.url));

/** float32 in the files, float64 on both sides: what is left is the rounding of the answer. */
const CLOSE = 1e-5;

it.each(await formsIn(FOLDER))('%s, as its library wrote it, computes what the library computes', async (form) => {
  expect(await compareForm(join(FOLDER, form))).toBeLessThan(CLOSE);
});
