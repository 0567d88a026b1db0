import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from '../support/page.js';

async function makeFolder(folder: string): Promise<void> {
  for (const [name, red] of [
    ['brick', 200],
    ['sky', 40],
    ['moss', 90],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let index = 0; index < 5; index++) {
      const background = { r: red, g: 80 + 9 * index, b: 240 - red };
      await sharp({ create: { width: 40, height: 30, channels: 3, background } }).toFile(join(folder, name, `${index}.png`));
    }
  }
}

test('an edited data set survives a reload, is saved as a zip, is read again, and is deleted', async ({
  playground,
}, testInfo) => {
  const { page } = playground;
  // The browser's own dialog cannot be answered here; without it the page saves a download.
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  const folder = testInfo.outputPath('pictures');
  await makeFolder(folder);
  await playground.open();
  await playground.ready();
  await page.getByTestId('folder-input').setInputFiles(folder);
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText(/3 classes · \d+ train · \d+ validation · \d+ test/);
  const parts = /\d+ train · \d+ validation · \d+ test/.exec(await data.innerText())?.[0] ?? 'no parts';
  await data.getByText('Classes and split').click();
  await data.getByRole('button', { name: 'Class name: moss' }).click();
  const name = data.getByRole('textbox', { name: 'Class name' });
  await name.fill('brick');
  await name.press('Enter');
  await expect(data).toContainText('2 classes');
  await playground.ready();

  await page.reload();
  await playground.ready();
  await expect(data).toContainText('2 classes');
  await expect(page.getByRole('combobox', { name: 'Data set', exact: true })).toContainText('pictures');

  const saving = page.waitForEvent('download');
  await data.getByRole('button', { name: 'Save as a zip' }).click();
  const saved = testInfo.outputPath('again.zip');
  await (await saving).saveAs(saved);
  await expect(data).toContainText('pictures.zip: 15 pictures saved');
  await playground.drop(saved);
  await expect(data).toContainText('VTAB-1k lists');
  await expect(data).toContainText(`2 classes · ${parts}`);
  await playground.ready();

  await data.getByText(/^Kept in this browser/).click();
  const kept = data.getByRole('list', { name: 'Kept data sets' });
  await expect(kept.getByRole('listitem')).toHaveCount(2);
  await kept.getByRole('button', { name: 'Delete pictures from this browser' }).click();
  await kept.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(kept.getByRole('listitem')).toHaveCount(1);
  // When the current one is deleted, a drawn task takes its place.
  await kept.getByRole('button', { name: 'Delete again.zip from this browser' }).click();
  await kept.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(data).toContainText('drawn task');
  const left = data.getByText(/^Kept in this browser/);
  await expect(left).toHaveCount(0);
  await playground.ready();
  await page.reload();
  await playground.ready();
  await expect(left).toHaveCount(0);
});
