/** Page and command line train the same weights, to the byte, with the same build of the kernels. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawColours } from '../../src/testing/pictures/colours.js';
import { expect, test, type Playground } from '../support/page.js';

const CHOICES = { epochs: 1, imageSize: 32, batchSize: 16, schedule: 'low' };

/** The header and a digest of the tensors of a safetensors file, without the metadata, which names the data's place. */
function tensorsOf(path: string): { readonly described: unknown; readonly digest: string } {
  const file = readFileSync(path);
  const end = 8 + Number(file.readBigUInt64LE(0));
  const described: unknown = JSON.parse(file.subarray(8, end).toString(), (key, value: unknown) =>
    key === '__metadata__' ? undefined : value,
  );
  return { described, digest: createHash('sha256').update(file.subarray(end)).digest('hex') };
}

/** Adapts on the command line, with the same kernels but another number of threads. Returns the path of the weights. */
function adaptOnCommandLine(out: string, data: string, more: readonly string[] = []): string {
  const { epochs, imageSize, batchSize, schedule } = CHOICES;
  const numbers = ['--epochs', epochs, '--image-size', imageSize, '--batch', batchSize].map(String);
  const options = ['--data', data, '--schedule', schedule, ...numbers, ...more, '--out', out];
  const child = spawnSync(process.execPath, ['--import', 'tsx', 'src/headless/main.ts', 'adapt', ...options], {
    env: { ...process.env, PYRA_ADAPTER: 'cpu-simd', PYRA_THREADS: '3' },
    encoding: 'utf8',
  });
  expect(child.status, child.stderr).toBe(0);
  return join(out, 'adapted.safetensors');
}

/** Adapts in the page to its current data. Returns the path of the weights. */
async function adaptInPage(playground: Playground): Promise<string> {
  await playground.ready();
  await playground.adapt();
  await expect(playground.runRows).toHaveCount(1);
  return (await playground.exportRun('Adapted weights')).path();
}

test('page and command line train the same weights on a drawn task', async ({ playground }, testInfo) => {
  await playground.open({ ...CHOICES, warmupEpochs: CHOICES.epochs / 10 }, 'cpu-simd');
  const fromPage = tensorsOf(await adaptInPage(playground));
  expect(fromPage).toEqual(tensorsOf(adaptOnCommandLine(testInfo.outputPath('run'), 'task:texture')));
});

test('page and command line train the same weights on PNG files with augmentation', async ({ playground }, testInfo) => {
  const folder = testInfo.outputPath('pictures');
  await drawColours(folder, 20, ['red', 'green', 'blue'], { parts: true });
  const augmented = { flip: 'true', crop: 0.2, colour: 0.3 };
  await playground.open({ ...CHOICES, ...augmented, warmupEpochs: CHOICES.epochs / 10 }, 'cpu-simd');
  await playground.ready();
  await playground.page.getByTestId('folder-input').setInputFiles(folder);
  await expect(playground.page.getByRole('region', { name: 'Data', exact: true })).toContainText('3 classes');
  const fromPage = tensorsOf(await adaptInPage(playground));
  const flags = ['--flip', '--crop', '0.2', '--colour', '0.3'];
  expect(fromPage).toEqual(tensorsOf(adaptOnCommandLine(testInfo.outputPath('run'), folder, flags)));
});
