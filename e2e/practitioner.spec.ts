import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axeCore from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Page } from '@playwright/test';
import { chromiumSwitches } from './browser.js';
import { expect, test } from './page.js';
import { photographs } from './photographs.js';

// A camera that shows a moving drawing, and nobody to ask.
const FAKE_CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
test.use({
  launchOptions: async ({ launchOptions }, use) => use({ ...launchOptions, args: [...chromiumSwitches(), ...FAKE_CAMERA] }),
});

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(async (): Promise<AxeResults> => {
    const { axe } = window as Window & { axe?: typeof axeCore };
    if (!axe) throw new Error('axe did not load');
    return axe.run();
  });
  return violations.flatMap(({ id, impact, help }) => (impact === 'serious' || impact === 'critical' ? [`${id}: ${help}`] : []));
}

test('loose pictures become classes by mouse, key and camera, train in sight, and a single one is predicted', async ({
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

  // The camera: a press without holding takes one picture, holding by key or pointer takes more, and it is let go afterwards.
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
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Camera off' }).click();
  await expect(hold).toBeHidden();
  expect(await page.locator('video').evaluate((video) => video instanceof HTMLVideoElement && video.srcObject === null)).toBe(
    true,
  );

  // On a phone: the classes are the data set, at a size that suits, and the time is said before Adapt.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'Use as the data set' }).click();
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText('classes made by hand');
  await expect(page.getByRole('textbox', { name: 'Image size' })).toHaveValue('96');
  await expect(page.getByTestId('estimate')).toContainText('1000 epochs:');
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
  await page.getByRole('tab', { name: 'Set up' }).click();
  await expect(playground.adaptButton).toBeVisible();

  // One picture is one to look at, and to ask the run about.
  await page.getByTestId('file-input').setInputFiles(pictures.slice(0, 1));
  const note = page.getByRole('status').filter({ hasText: 'it stays on this machine' });
  await expect(note).toContainText('photo-0.jpg is on the map');
  const predict = note.getByRole('button', { name: /^Predict with PYRA/ });
  if (await predict.isVisible()) await predict.click();
  await expect(page.locator('.prediction').first()).toContainText('%');
  expect(await seriousFindings(page)).toEqual([]);

  // What was sorted is still there after a reload.
  await page.reload();
  await page.getByRole('tab', { name: 'Set up' }).click();
  await page.getByRole('button', { name: 'make classes' }).click();
  await expect(page.getByRole('group', { name: 'Pictures: Left' }).getByRole('button')).toHaveCount(3);
});
