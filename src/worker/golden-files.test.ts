import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { GOLDEN_FILES } from './golden-files.js';

const served = fileURLToPath(new URL('../../public/golden/', import.meta.url));
const tested = fileURLToPath(new URL('../testing/golden/', import.meta.url));

it('the page verifies with the very files that the tests use, all of them', () => {
  expect([...GOLDEN_FILES].sort()).toEqual(
    readdirSync(tested)
      .filter((name) => name.endsWith('.safetensors'))
      .sort(),
  );
  for (const name of GOLDEN_FILES)
    expect(readFileSync(`${served}${name}`).equals(readFileSync(`${tested}${name}`)), name).toBe(true);
});
