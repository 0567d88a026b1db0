import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seriousFindings } from '../support/axe.js';
import { chromiumLaunch } from '../support/browser.js';
import { dropPaths } from '../support/drop.js';
import { expect, test, type Playground } from '../support/page.js';
import { photographs } from '../support/photographs.js';

// A fake camera that shows a moving drawing, without asking for permission.
const FAKE_CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
test.use({ launchOptions: chromiumLaunch(FAKE_CAMERA) });

/** Writes pictures in a nested folder, and a truncated one beside it. */
function writeFolder(folder: string, pictures: readonly { readonly name: string; readonly buffer: Buffer }[]): void {
  mkdirSync(join(folder, 'more'), { recursive: true });
  for (const { name, buffer } of pictures) writeFileSync(join(folder, 'more', name), buffer);
  const [first] = pictures;
  writeFileSync(join(folder, 'broken.jpg'), first?.buffer.subarray(0, 400) ?? '');
}

/** Drops a folder on a run: its predictions become a grid, a table, and a file like the command line's. */
async function predictFolder({ page, runRows }: Playground, folder: string, pictures: number): Promise<void> {
  await page.getByRole('tab', { name: 'Compare' }).click();
  await runRows.first().scrollIntoViewIfNeeded();
  const { x, y, height } = (await runRows.first().boundingBox()) ?? { x: 0, y: 0, height: 0 };
  await dropPaths(page, [folder], { x: x + 60, y: y + height / 2 });
  await expect(page.getByRole('heading', { name: /^Predict with PYRA/ })).toBeVisible();
  const predictions = page.getByRole('region', { name: 'Predictions', exact: true });
  const cards = predictions.getByRole('list', { name: 'The predicted class of each picture' }).getByRole('listitem');
  await expect(cards).toHaveCount(pictures);
  await expect(cards.first()).toContainText(/(Left|Class 2)\d+\.\d\s%more\/photo-0\.jpg\d/);
  await expect(predictions).toContainText(`${pictures} pictures`);
  await expect(predictions.getByText('1 left out: broken.jpg')).toBeVisible();
  const download = page.waitForEvent('download');
  await predictions.getByRole('button', { name: 'Save as CSV' }).click();
  const [head, ...lines] = readFileSync(await (await download).path(), 'utf8')
    .trimEnd()
    .split('\n');
  expect(head).toBe('picture,class,confidence,milliseconds');
  expect(lines).toHaveLength(pictures);
  lines.forEach((line, index) =>
    expect(line).toMatch(new RegExp(`^more/photo-${index}\\.jpg,(Left|Class 2),[01]\\.\\d{4},\\d+\\.\\d\\d$`)),
  );
  // By keyboard: the grid in descending order, then the table, the least certain first, with everything filtered out.
  await predictions.getByRole('button', { name: 'Ascending: press for descending' }).press('Enter');
  await expect(cards.first()).toContainText(`photo-${pictures - 1}.jpg`);
  expect(await seriousFindings({ page })).toEqual([]);
  await predictions.getByRole('radio', { name: 'Table' }).press('Enter');
  await expect(cards).toHaveCount(0);
  await predictions.getByRole('button', { name: 'Confidence' }).focus();
  await page.keyboard.press('Enter');
  await expect(predictions.getByRole('columnheader', { name: 'Confidence' })).toHaveAttribute('aria-sort', 'ascending');
  const most = predictions.getByRole('textbox', { name: 'at most' });
  await most.fill('0');
  await most.press('Enter');
  await expect(predictions).toContainText(`None of the ${pictures} pictures`);
  await most.fill('100');
  await most.press('Enter');
  await expect(predictions.getByRole('row')).toHaveCount(pictures + 1);
  expect(await seriousFindings({ page })).toEqual([]);
}

/** Classifies the camera's picture with merging and without, until the page is hidden. */
async function predictLive({ page }: Playground): Promise<void> {
  await page.getByRole('button', { name: 'Camera, live' }).click();
  await expect(page.getByRole('region', { name: /^With merging: PYRA/ })).toContainText('img/s');
  await expect(page.getByRole('region', { name: 'Without merging' })).toContainText('img/s');
  expect(await seriousFindings({ page })).toEqual([]);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    Reflect.deleteProperty(document, 'hidden');
  });
  await expect(page.getByRole('alert')).toContainText('switched off because this page was hidden');
  await expect(page.locator('video')).toBeHidden();
  await page.getByRole('button', { name: 'Playground', exact: true }).click();
}

/** Corrects the label of a picture in the confusion matrix, and undoes that. */
async function correctInCell({ page, runRows }: Playground): Promise<void> {
  await runRows.first().getByRole('button', { name: /^PYRA/ }).click();
  await page.locator('.confusion-cell').filter({ hasText: /[1-9]/ }).first().click();
  const cell = page.getByTestId('cell-pictures');
  await cell.getByRole('group', { name: 'Pictures of the cell' }).getByRole('button').first().click();
  const chosen = cell.getByRole('combobox');
  const [before, after] = (await chosen.textContent()) === 'Left' ? ['Left', 'Class 2'] : ['Class 2', 'Left'];
  await chosen.click();
  await page.getByRole('option', { name: after }).click();
  await expect(cell).toContainText('One is of another class now');
  await expect(chosen).toHaveText(after);
  await cell.getByRole('button', { name: 'Take the last correction back' }).click();
  await expect(chosen).toHaveText(before);
  await expect(cell).not.toContainText('of another class now');
}

test('a practitioner sorts loose pictures into classes by mouse, keyboard and camera, trains, and predicts others', async ({
  playground,
}) => {
  const { page } = playground;
  const made = await photographs(9, 0.2);
  const pictures = made.map((buffer, index) => ({
    name: `photo-${index}.jpg`,
    mimeType: 'image/jpeg',
    buffer: Buffer.from(buffer),
  }));
  await playground.open({ epochs: 1000, warmupEpochs: 0 }, 'cpu');
  await playground.ready();
  await page.getByTestId('file-input').setInputFiles(pictures);

  // Mouse: choose and move. Keyboard: a digit moves what has the focus. Undo takes one step back.
  const loose = page.getByRole('group', { name: 'Pictures: no class yet' }).getByRole('button');
  await expect(loose).toHaveCount(9);
  await page.getByRole('button', { name: 'Class name: Class 1' }).click();
  await page.keyboard.type('Left');
  await page.keyboard.press('Enter');
  await loose.nth(0).click();
  await loose.nth(1).click();
  const chosen = page.getByRole('group', { name: 'The pictures that are chosen' });
  // On a phone the actions for what is chosen stay in sight.
  await page.setViewportSize({ width: 390, height: 600 });
  await expect(chosen).toBeInViewport({ ratio: 1 });
  await page.setViewportSize({ width: 1280, height: 900 });
  await chosen.getByRole('button', { name: 'Left', exact: true }).click();
  await expect(loose).toHaveCount(7);
  await loose.nth(0).dragTo(page.getByRole('region', { name: 'Left', exact: true }));
  await expect(loose).toHaveCount(6);
  await loose.nth(0).focus();
  for (const left of [5, 4, 3]) {
    await page.keyboard.press('2');
    await expect(loose).toHaveCount(left);
  }
  await page.keyboard.press('Control+z');
  await expect(loose).toHaveCount(4);

  // The camera: a press without holding takes one picture, holding by key or pointer takes more.
  await page.getByRole('button', { name: 'Camera', exact: true }).click();
  const hold = page.getByRole('button', { name: 'Hold to take pictures of Class 2' });
  const second = page.getByRole('group', { name: 'Pictures: Class 2' }).getByRole('button');
  await expect(second).toHaveCount(2);
  await hold.dispatchEvent('click');
  await expect(second).toHaveCount(3);
  await hold.focus();
  await page.keyboard.down(' ');
  await expect.poll(() => second.count()).toBeGreaterThan(4);
  await page.keyboard.up(' ');
  const byKey = await second.count();
  await hold.hover();
  await page.mouse.down();
  await expect.poll(() => second.count()).toBeGreaterThan(byKey + 2);
  await page.mouse.up();
  expect(await seriousFindings({ page })).toEqual([]);
  await page.getByRole('button', { name: 'Camera off' }).click();
  await expect(hold).toBeHidden();
  expect(await page.locator('video').evaluate((video) => video instanceof HTMLVideoElement && video.srcObject === null)).toBe(
    true,
  );

  // On a phone: the classes become the data set, with a suitable image size, and the time is shown before Adapt.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'Use as the data set' }).click();
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText('classes made by hand');
  await expect(page.getByRole('textbox', { name: 'Image size' })).toHaveValue('96');
  await expect(page.getByTestId('estimate')).toContainText('1000 epochs:');
  await page.getByRole('tab', { name: 'Compare' }).click();
  await expect(page.getByTestId('figure-data')).toContainText(/^These points are of .*, come when you adapt\.$/);
  await page.getByRole('tab', { name: 'Set up' }).click();
  await playground.adaptButton.click();
  const strip = page.getByRole('complementary', { name: 'The run that trains' });
  for (const tab of ['Set up', 'Watch', 'Compare']) {
    await page.getByRole('tab', { name: tab }).click();
    await expect(strip.getByRole('button', { name: 'Pause' })).toBeVisible();
  }
  await expect(strip).toContainText(/Epoch ([2-9]|\d\d+) of 1000/);
  await expect(page).toHaveTitle(/left · PYRA Playground/);
  await strip.getByRole('button', { name: 'Stop' }).click();
  await expect(strip).toBeHidden();
  await expect(playground.runRows).toHaveCount(1);

  // Predict other pictures and the camera, and correct a label in the confusion matrix.
  const folder = test.info().outputPath('new pictures');
  writeFolder(folder, pictures);
  await predictFolder(playground, folder, pictures.length);
  await predictLive(playground);
  await correctInCell(playground);
  await page.getByRole('tab', { name: 'Set up' }).click();
  await expect(playground.adaptButton).toBeVisible();

  // A single picture is shown on the map and predicted.
  await page.getByTestId('file-input').setInputFiles(pictures.slice(0, 1));
  const note = page.getByRole('status').filter({ hasText: 'it stays on this machine' });
  await expect(note).toContainText('photo-0.jpg is on the map');
  const predict = note.getByRole('button', { name: /^Predict with PYRA/ });
  if (await predict.isVisible()) await predict.click();
  await expect(page.locator('.prediction').first()).toContainText('%');
  expect(await seriousFindings({ page })).toEqual([]);

  // The board is still there after a reload.
  await page.reload();
  await page.getByRole('tab', { name: 'Set up' }).click();
  await page.getByRole('button', { name: 'make classes' }).click();
  await expect(page.getByRole('group', { name: 'Pictures: Left' }).getByRole('button')).toHaveCount(3);
});
