/** The page shows its messages where they can be seen, and nothing moves under the pointer. Tests of the store check what it says. */
import { writeFileSync } from 'node:fs';
import type { Locator } from '@playwright/test';
import { PAPER_RECIPE, type Configuration } from '../../src/vit/configuration.js';
import type { RunRecord } from '../../src/protocol/runs/run.js';
import { expect, test, type Playground } from '../support/page.js';

/** The record of a finished run with two classes and a measured test part. */
function record(id: string, name: string, configuration: Partial<Configuration> = {}): RunRecord {
  const adapter = { name: 'card', vendor: '', architecture: '', description: '', kind: 'gpu' as const, features: [] };
  const confusion = [
    [4, 1],
    [2, 3],
  ];
  const measured = {
    images: 10,
    loss: 0.5,
    accuracy: 0.7,
    classAccuracy: [0.8, 0.6],
    confusion,
    imagesPerSecond: 90,
    seconds: 1,
  };
  return {
    format: 'pyra-playground-run',
    version: 1,
    ...{ id, name, started: '2026-01-01T00:00:00Z', finished: '2026-01-01T00:01:00Z', state: 'finished', adapter },
    configuration: { ...PAPER_RECIPE, imageSize: 48, ...configuration },
    ...{ classes: ['left', 'right'], pictures: { train: 20, validation: 10, test: 10 }, dataFingerprint: null },
    ...{ schedule: [], tokens: [37, 2], macs: 1e8, trainedParameters: 1000, totalParameters: 1e6, epochs: [], bestEpoch: null },
    ...{ test: measured, validation: null, stepMilliseconds: null, gpuBytes: 0, error: null },
  };
}

async function giveRun(playground: Playground, path: string, run: RunRecord): Promise<void> {
  writeFileSync(path, JSON.stringify(run));
  await playground.pick(path);
  await expect(playground.page.getByRole('button', { name: `Name of the run: ${run.name}` })).toBeVisible();
}

/** The positions of elements, to the pixel. */
const places = (...things: Locator[]): Promise<unknown[]> =>
  Promise.all(
    things.map(async (thing) => {
      const box = await thing.boundingBox();
      return box && [Math.round(box.x), Math.round(box.y), Math.round(box.width), Math.round(box.height)];
    }),
  );

test('at 1440 x 900 nothing moves under the pointer, and menus stay inside the window', async ({ playground }, testInfo) => {
  const { page } = playground;
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await playground.open({ imageSize: 48 });
  await playground.ready();

  // Regions: in the picture itself, and after the last block, where regions are largest.
  const map = page.locator('.merge-map');
  const still = [page.locator('#modulation-heading'), page.locator('.block-slider'), page.locator('.live-panel h2')];
  for (const key of ['Home', 'End']) {
    await playground.blockSlider.press(key);
    await page.mouse.move(5, 5);
    const before = await places(map, ...still);
    for (const [x, y] of [
      [0.1, 0.1],
      [0.5, 0.5],
      [0.9, 0.2],
      [0.3, 0.9],
    ] as const) {
      const box = await map.boundingBox();
      if (!box) throw new Error('the map has no place');
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
      await expect(page.getByTestId('pointed-token')).toBeVisible();
      expect(await places(map, ...still)).toEqual(before);
    }
  }

  // A run with a long name.
  await giveRun(playground, testInfo.outputPath('short.json'), record('short', 'Short'));
  const beside = [page.getByRole('tab', { name: 'Confusion' }), page.locator('.confusion'), map];
  const longName = 'PYRA on the pictures of the northern slope, second attempt, with a longer warm-up and a lower rate';
  await giveRun(playground, testInfo.outputPath('long.json'), record('long', longName, { seed: 1 }));
  await page.getByRole('tab', { name: 'Confusion' }).scrollIntoViewIfNeeded();
  const long = await places(...beside);
  await page.getByRole('button', { name: 'PYRA low, seed 0: Short', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Name of the run: Short' })).toBeVisible();
  expect(await places(...beside)).toEqual(long);

  // The words under the figure have as many lines whatever is pointed at.
  const reading = page.locator('.figure-point');
  const [, , , height] = (await places(reading))[0] as number[];
  for (const row of await playground.runRows.all()) {
    await row.hover();
    expect((await places(reading))[0]).toContain(height);
  }

  // The menu of exports.
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const menu = page.getByRole('menu');
  await expect(menu).toBeVisible();
  const box = await menu.boundingBox();
  expect(box && box.y >= 0 && box.y + box.height <= 900 && box.x >= 0 && box.x + box.width <= 1440).toBe(true);
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem').last()).toBeFocused();
  await expect(page.getByRole('menuitem').last()).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Escape');
});

test('what cannot be read is reported where it is seen: beside the picture, and at the top of the scrolled page', async ({
  playground,
}, testInfo) => {
  const { page } = playground;
  const text = testInfo.outputPath('photo.jpg');
  writeFileSync(text, 'this is no picture');
  const notes = testInfo.outputPath('notes.txt');
  writeFileSync(notes, 'nothing that is known');
  await page.setViewportSize({ width: 390, height: 844 });
  await playground.open({ imageSize: 48 });
  await expect(playground.blockSlider).toBeEnabled();

  await page.getByTestId('own-picture').setInputFiles(text);
  const own = page.locator('[data-place="picture"]');
  await expect(own).toContainText('photo.jpg');
  await expect(own).toBeInViewport();

  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await playground.drop(notes);
  const intake = page.locator('[data-place="intake"]');
  await expect(intake).toContainText('notes.txt');
  await expect(intake).toBeInViewport({ ratio: 1 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test('a number out of range is refused with its range, and Adapt is disabled meanwhile', async ({ playground }) => {
  const { page } = playground;
  await playground.open({ imageSize: 48 });
  await playground.ready();
  for (const [name, wrong, why] of [
    ['LoRA rank', '0', 'A whole number from 1 to 256.'],
    ['Image size', '50', 'A multiple of 8, the side of a patch.'],
  ] as const) {
    const field = page.getByRole('textbox', { name, exact: true });
    await field.fill(wrong);
    await field.press('Enter');
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(why);
    await expect(playground.adaptButton).toBeDisabled();
    await expect(playground.adaptButton).toHaveAccessibleDescription(`${name}: ${why}`);
    await field.press('Escape');
    await expect(playground.adaptButton).toBeEnabled();
  }
});

test('a bar of the schedule follows the main button of the mouse and no other', async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  const bar = page.getByRole('slider', { name: 'Block 3 merges', exact: true });
  await bar.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await bar.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const before = Number(await bar.getAttribute('aria-valuenow'));
  await page.mouse.click(x + width / 2, y + height * 0.7, { button: 'right' });
  await expect(bar).toHaveAttribute('aria-valuenow', String(before));
  await page.keyboard.press('Escape');
  await page.mouse.move(x + width / 2, y + height * 0.5);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + height * 0.7, { steps: 4 });
  await page.mouse.up();
  await expect(bar).not.toHaveAttribute('aria-valuenow', String(before));
});
