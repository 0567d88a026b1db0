/** Loads the exports for transformers.js in Node, with the unchanged lines of their READMEs. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { largestDifference, readExpectationFile } from './compare.js';
import { run } from './run.js';

const PACKAGE = '@huggingface/transformers';

/** Installs the package beside the exports, without its install scripts, which would download binaries for graphics cards. */
async function install(folder: string, version: string): Promise<void> {
  if (existsSync(join(folder, 'ready'))) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${PACKAGE}@${version}`];
  run('npm', args, folder);
  await writeFile(join(folder, 'ready'), '');
}

/** Runs after the README's lines: computes the logits of the compared pictures with the model that these lines loaded. */
const COMPARE = `
const { Tensor } = await import('${PACKAGE}');
const { readFileSync } = await import('node:fs');
const { shape, data } = JSON.parse(readFileSync('pixels.json', 'utf8'));
const answer = await classify.model({ pixel_values: new Tensor('float32', Float32Array.from(data), shape) });
const found = await classify('picture.jpg');
console.log('\\n' + JSON.stringify({ logits: Array.from(answer.logits.data), label: found[0].label }));
`;
const answerSchema = z.object({ logits: z.array(z.number()), label: z.string() });

async function differenceOf(exported: string, packages: string): Promise<number> {
  const folder = join(packages, 'work', basename(exported));
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'models'), { recursive: true });
  await cp(exported, join(folder, 'models/mine'), { recursive: true });
  const { pixels, logits } = await readExpectationFile(`${exported}.expect.safetensors`);
  if (!logits) throw new Error(`${exported}: nothing to compare with`);
  await writeFile(join(folder, 'pixels.json'), JSON.stringify({ shape: pixels.shape, data: Array.from(pixels.data) }));
  const picture = { create: { width: 30, height: 20, channels: 3, background: '#4080c0' } } as const;
  await sharp(picture).jpeg().toFile(join(folder, 'picture.jpg'));
  const readme = await readFile(join(exported, 'README.md'), 'utf8');
  const lines = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code).join('\n');
  await writeFile(join(folder, 'readme.js'), `${lines}${COMPARE}`);
  const said = run(process.execPath, ['readme.js'], folder).trim().split('\n').at(-1) ?? '';
  const { logits: found, label } = answerSchema.parse(JSON.parse(said));
  if (!readme.includes(`"${label}"`)) throw new Error(`${exported}: calls the picture '${label}', which is none of its classes`);
  return largestDifference(found, logits.data);
}

/** @returns for each folder, the largest difference of its logits. */
export async function checkTransformersJs(
  folders: readonly string[],
  packages: string,
  version: string,
): Promise<{ folder: string; difference: number }[]> {
  await install(packages, version);
  const found: { folder: string; difference: number }[] = [];
  for (const folder of folders) found.push({ folder, difference: await differenceOf(folder, packages) });
  return found;
}
