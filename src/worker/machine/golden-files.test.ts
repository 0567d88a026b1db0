import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { GOLDEN_NAMES } from '../../testing/golden.js';
import { GOLDEN_FILES } from './golden-files.js';

it('the page verifies with the very files that it serves and the tests use, all of them', () => {
  const served = readdirSync(fileURLToPath(new URL('../../../public/golden/', import.meta.url)));
  expect([...GOLDEN_FILES].sort()).toEqual(served.sort());
  expect(GOLDEN_NAMES.map((name) => `${name}.safetensors`).sort()).toEqual(served.sort());
});
