import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Locator } from '@playwright/test';
import { archiveForms, folderForms, type Form } from '../support/data-forms.js';
import { expect, test } from '../support/page.js';

/** Checks what the panel says about the current data set. */
async function requireRead(data: Locator, { name, classes, parts }: Form): Promise<void> {
  const counts = data.getByText(new RegExp(`^${classes} classes`)).locator('..');
  if (typeof parts !== 'number') {
    await expect(counts, name).toContainText(`${parts[0]} train · ${parts[1]} validation · ${parts[2]} test`);
    return;
  }
  await expect(counts, name).toContainText(/\d+ train · \d+ validation · \d+ test/);
  const numbers = /(\d+) train · (\d+) validation · (\d+) test/.exec(await counts.innerText()) ?? [];
  expect(
    numbers.slice(1).reduce((sum, number) => sum + Number(number), 0),
    name,
  ).toBe(parts);
}

test('the page reads data sets in many common forms as they are meant', async ({ playground }, testInfo) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  const data = page.getByRole('region', { name: 'Data', exact: true });
  const chosen = page.getByRole('combobox', { name: 'Data set', exact: true });
  const folders = await folderForms();
  const archives = await archiveForms();
  expect(folders.length + archives.length).toBe(30);
  for (const [i, form] of folders.entries()) {
    const name = `form-${String(i).padStart(2, '0')}`;
    const folder = testInfo.outputPath(name);
    for (const [path, content] of Object.entries(form.files)) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    await page.getByTestId('folder-input').setInputFiles(folder);
    await expect(chosen, form.name).toContainText(name);
    await requireRead(data, form);
  }
  for (const { form, file, bytes } of archives) {
    const path = testInfo.outputPath(file);
    writeFileSync(path, bytes);
    await playground.drop(path);
    await expect(chosen, form.name).toContainText(file);
    await requireRead(data, form);
  }
});
