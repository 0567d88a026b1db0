import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { dropPaths } from '../support/drop.js';
import { expect, test } from '../support/page.js';

/** Writes a folder for each of two classes with five plain pictures, and a file that is no picture. Returns the pictures' paths. */
async function makeFolder(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const [name, red] of [
    ['brick', 200],
    ['sky', 40],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let index = 0; index < 5; index++) {
      const file = join(folder, name, `${name}-${index}.png`);
      await sharp({ create: { width: 40, height: 30, channels: 3, background: { r: red, g: 80 + index, b: 240 - red } } }).toFile(
        file,
      );
      files.push(file);
    }
  }
  writeFileSync(join(folder, 'sky', 'broken.png'), 'this is no picture');
  return files;
}

test('reads a folder with one unreadable file, names it, and keeps the rest', async ({ playground }, testInfo) => {
  const { page } = playground;
  const folder = testInfo.outputPath('pictures');
  await makeFolder(folder);
  await playground.open();
  await playground.ready();
  await page.getByTestId('folder-input').setInputFiles(folder);
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText('2 classes ·');
  await data.getByText('Classes and split').click();
  await expect(data).toContainText('split 70 / 15 / 15 % to train, validate and test');
  await expect(data).toContainText('sky/broken.png: is no picture that can be read');
  await playground.ready();
});

test('reads a dropped folder through its handle, which can be cancelled', async ({ playground }, testInfo) => {
  const { page } = playground;
  const folder = testInfo.outputPath('dropped');
  const [first = ''] = await makeFolder(folder);
  const many = testInfo.outputPath('many');
  for (const title of ['a', 'b']) mkdirSync(join(many, title), { recursive: true });
  for (let index = 0; index < 3000; index++) copyFileSync(first, join(many, index % 2 === 0 ? 'a' : 'b', `${index}.png`));
  await playground.open();
  await playground.ready();
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await dropPaths(page, [many]);
  await data.getByRole('button', { name: 'Cancel' }).click();
  await expect(data.getByRole('button', { name: 'Cancel' })).toBeHidden();
  await playground.ready();
  await expect(data).not.toContainText('many');
  await expect(page.getByRole('alert')).toBeHidden();
  await dropPaths(page, [folder]);
  await expect(data).toContainText('2 classes ·');
  await expect(data).toContainText('a folder for each class');
  await expect(data.getByRole('status').filter({ hasText: 'Now in use: 11 files.' })).toBeAttached();
  await playground.ready();
});

test('a board of classes takes a dropped folder and a dropped picture, wherever they fall', async ({ playground }, testInfo) => {
  const { page } = playground;
  const folder = testInfo.outputPath('loose');
  const [first = ''] = await makeFolder(folder);
  await playground.open();
  await playground.ready();
  await page.getByRole('button', { name: 'make classes' }).click();
  await dropPaths(page, [folder], { x: 700, y: 20 });
  await expect(page.getByRole('region', { name: 'No class yet' })).toContainText('11 pictures');
  for (const [name, path, pictures] of [
    ['Class 1', folder, '11 pictures'],
    ['Class 2', first, '1 picture'],
  ] as const) {
    const place = page.getByRole('region', { name, exact: true });
    const { x, y, width, height } = (await place.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await dropPaths(page, [path], { x: x + width / 2, y: y + height / 2 });
    await expect(place).toContainText(pictures);
  }
  await expect(page.getByRole('alert')).toBeHidden();
  const broken = page.getByRole('region', { name: 'Class 1', exact: true }).getByRole('button', { name: /^broken\.png/ });
  await expect(broken).toHaveAttribute('title', 'broken.png: is no picture that can be read: it begins with "this is no p"');
});

test('reads pictures with a CSV of their labels', async ({ playground }, testInfo) => {
  const { page } = playground;
  const folder = testInfo.outputPath('table');
  const files = await makeFolder(folder);
  const rows = files.map((file, index) => `${file.slice(folder.length + 1)},${index < 5 ? 'warm' : 'cold'}`);
  writeFileSync(join(folder, 'labels.csv'), ['path,label', ...rows].join('\n'));
  await playground.open();
  await playground.ready();
  await page.getByTestId('folder-input').setInputFiles(folder);
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText('CSV');
  await expect(data).toContainText('2 classes');
  await playground.ready();
});

test('a table whose columns are not known to have labels is asked about, and an answer reads it', async ({
  playground,
}, testInfo) => {
  const { page } = playground;
  const folder = testInfo.outputPath('described');
  const files = await makeFolder(folder);
  const loose = testInfo.outputPath('loose');
  mkdirSync(loose);
  files.forEach((file, index) => copyFileSync(file, join(loose, `${index}.png`)));
  const rows = files.map((_, index) => `${index}.png,${index},${index < 4 ? 'm' : 'f'}`);
  writeFileSync(join(loose, 'described.csv'), ['path,age,gender', ...rows].join('\n'));
  await playground.open();
  await playground.ready();
  await playground.drop(loose);
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('none of its columns (“age”, “gender”) is known to have labels; choose one');
  await expect(alert).not.toContainText('--');
  await expect(alert.getByRole('button', { name: 'Read it so' })).toHaveCount(1);
  await alert.getByRole('button', { name: 'Read it so' }).click();
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText('2 classes ·');
  await expect(alert).toBeHidden();
  await data.getByText('Classes and split').click();
  await expect(data).toContainText('column “gender” of loose/described.csv');
  await playground.ready();
});

test('refuses truncated weights in one sentence, and keeps the backbone that it had', async ({ playground }, testInfo) => {
  const { page } = playground;
  const file = testInfo.outputPath('cut.safetensors');
  writeFileSync(file, Buffer.concat([Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"cls_token":{"dtype":"F32"')]));
  await playground.open();
  await playground.ready();
  await playground.drop(file);
  await expect(page.getByRole('alert')).toContainText(/^cut\.safetensors.*truncated/);
  await playground.ready();
});
