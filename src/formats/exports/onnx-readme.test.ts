import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTask } from '../../data/tasks/index.js';
import { forward } from '../../engine/reference/model.js';
import { toWeights } from '../../engine/reference/weights.js';
import { goldenModel } from '../../testing/adapted-model.js';
import { readGolden } from '../../testing/golden.js';
import { exportModel } from './index.js';

const PICTURES = 4;

/** Inside the project, where Node finds the packages that the README's program imports. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp('node_modules/.onnx-readme-');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('the README beside model.onnx has a program that answers as the reference does', async () => {
  const golden = await readGolden('pyra_lora');
  const model = goldenModel(golden);
  for (const { name, bytes } of await exportModel(model, 'onnx')) {
    const program = name === 'README.md' ? /```js\n(.*?)```/s.exec(new TextDecoder().decode(bytes))?.[1] : undefined;
    if (program === undefined) await writeFile(join(folder, name), bytes);
    else await writeFile(join(folder, 'program.mjs'), program);
  }
  const side = golden.case.img;
  const task = openTask('texture', 0);
  const answers: string[] = [];
  for (let index = 0; index < PICTURES; index++) {
    const rgba = await task.pixels(index, side);
    const picture = sharp(rgba, { raw: { width: side, height: side, channels: 4 } });
    // The name says JPEG; what counts is what is in it, and PNG loses nothing.
    await writeFile(join(folder, 'picture.jpg'), await picture.png().toBuffer());
    const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder });
    const pixels = Float64Array.from({ length: 3 * side * side }, (_, i) => {
      const [channel, at] = [Math.floor(i / (side * side)), i % (side * side)];
      return (rgba[4 * at + channel]! / 255 - 0.5) / 0.5;
    });
    const { logits } = forward(
      toWeights(golden.weights),
      {
        ...{ heads: golden.case.heads, method: 'pyra', r: golden.case.r, proportionalAttention: golden.case.prop_attn },
        ...{ layerNormEpsilon: 1e-6, loss: 'prediction' },
      },
      pixels,
      1,
    );
    const answer = model.metadata.classes[logits.indexOf(Math.max(...logits))]!;
    expect(stdout, `picture ${index}`).toBe(`${answer}\n`);
    answers.push(answer);
  }
  expect(new Set(answers).size, 'one answer to all would show little').toBeGreaterThan(1);
});
