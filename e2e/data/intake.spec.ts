import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Page } from '@playwright/test';
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

/** Puts a picture on the clipboard, and beside it a text as spreadsheets do if one is given. */
async function copyPicture(page: Page, text?: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(async (words) => {
    const picture = await new OffscreenCanvas(8, 8).getContext('2d')?.canvas.convertToBlob({ type: 'image/png' });
    if (!picture) throw new Error('no picture');
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture, ...(words ? { 'text/plain': words } : {}) })]);
  }, text);
}

test('a picture is pasted into the class that was clicked', async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await page.getByRole('button', { name: 'make classes' }).click();
  await copyPicture(page);
  const place = page.getByRole('region', { name: 'Class 2', exact: true });
  await place.getByText('Drag pictures here, or paste them.').click();
  await page.keyboard.press('Control+V');
  await expect(place).toContainText('1 picture');
  await expect(page.getByRole('region', { name: 'No class yet' })).toBeHidden();
});

test('the text of a copied cell is pasted into the field that has the focus, not its picture on the map', async ({
  playground,
}) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await copyPicture(page, '48');
  const size = page.getByLabel('Image size', { exact: true });
  await size.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Control+V');
  await expect(size).toHaveValue('48');
  await page.keyboard.press('Enter');
  await playground.ready();
  await expect(page.getByText('pasted-1.png')).toHaveCount(0);
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
