import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pyraWithoutMachine as pyra } from '../../src/testing/command-line.js';
import { compareForm, EXPECT, formsIn } from './compare.js';

const FOLDER = fileURLToPath(new URL('../../src/formats/fixtures/libraries', import.meta.url));

/** Both sides compute in float64, and the files have float32: the difference is the rounding of the expected results. */
const CLOSE = 1e-5;

it.each(await formsIn(FOLDER))('%s, written by its library, gives the library’s results', async (form) => {
  expect(await compareForm(join(FOLDER, form))).toBeLessThan(CLOSE);
});

/** The adapter in one folder and its base in another, as users have them. */
it.each(['peft_hf_all_linear', 'peft_timm_qkv_and_proj'])('%s is exported with the backbone that is given', async (form) => {
  const folder = await mkdtemp(join(tmpdir(), 'pyra-interop-'));
  try {
    for (const side of ['adapter', 'base']) await mkdir(join(folder, side));
    for (const name of await readdir(join(FOLDER, form))) {
      if (name === EXPECT) continue;
      await copyFile(join(FOLDER, form, name), join(folder, name.startsWith('adapter') ? 'adapter' : 'base', name));
    }
    const adapter = join(folder, 'adapter');
    const alone = await pyra('export', adapter, '--to', 'timm');
    expect(alone).toMatchObject({ code: 2, errors: expect.stringMatching(/--model/) });
    const out = join(folder, 'out');
    const done = await pyra('export', adapter, '--model', join(folder, 'base'), '--to', 'timm', '--out', out);
    expect(done).toMatchObject({ code: 0, errors: expect.not.stringMatching(/give that backbone/) });
    await copyFile(join(FOLDER, form, EXPECT), join(out, EXPECT));
    expect(await compareForm(out)).toBeLessThan(CLOSE);
    const kept = await pyra(
      'export',
      adapter,
      '--model',
      join(folder, 'base'),
      '--to',
      'peft-timm',
      '--out',
      join(folder, 'kept'),
    );
    // LoRA that was folded into the backbone is not in the exported adapter.
    expect(kept).toMatchObject({ code: 2, errors: expect.stringMatching(/is folded into the backbone/) });
  } finally {
    await rm(folder, { recursive: true });
  }
});
