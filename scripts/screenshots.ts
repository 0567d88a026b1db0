/**
 * Takes the README's pictures into docs/screenshots/, light and dark: first visit, training, inspecting, comparing, an error. The
 * runs that are compared are trained first, on the command line, and kept in runs/screenshots/ for the next time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect as baseExpect } from '@playwright/test';
import sharp from 'sharp';
import { withBuiltPage, type OpenPage } from './built-page.js';

// A software adapter takes its time.
const expect = baseExpect.configure({ timeout: 120_000 });

const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

const EPOCHS = '6';
/** Method, schedule and seed; the last is the one that is looked at. */
const COMPARED = [
  ['none', 'none', '0'],
  ['tome', 'low', '0'],
  ['pyra', 'low', '0'],
  ['tome', 'high', '0'],
  ['tome', 'high', '1'],
  ['tome', 'high', '2'],
  ['pyra', 'high', '2'],
  ['pyra', 'high', '1'],
  ['pyra', 'high', '0'],
] as const;

const pictures = 'docs/screenshots';
mkdirSync(pictures, { recursive: true });

/** The run.json of each compared run, trained where it is not there yet. */
function trainCompared(): string[] {
  return COMPARED.map(([method, schedule, seed]) => {
    const out = join('runs/screenshots', `${method}-${schedule}-${seed}`);
    const record = join(out, 'run.json');
    if (!existsSync(record)) {
      const options = ['--method', method, '--schedule', schedule, '--seed', seed, '--epochs', EPOCHS, '--out', out];
      const child = spawnSync(process.execPath, ['--import', 'tsx', 'src/headless/main.ts', 'adapt', ...options], {
        stdio: 'inherit',
      });
      if (child.status !== 0) throw new Error(`The run ${out} could not be trained.`);
    }
    return record;
  });
}

const records = trainCompared();
async function photograph(open: OpenPage, scheme: Scheme): Promise<void> {
  const viewport = { width: 1440, height: 1000 };
  const { playground, close } = await open({ viewport, colorScheme: scheme, reducedMotion: 'reduce' });
  const { page } = playground;
  const take = async (name: string): Promise<void> => {
    const picture = sharp(await page.screenshot()).png({ palette: true, quality: 95 });
    await picture.toFile(join(pictures, `${name}-${scheme}.png`));
    console.log(`${pictures}/${name}-${scheme}.png`);
  };

  await playground.open({ data: 'task:texture', epochs: 20, warmupEpochs: 2 });
  await playground.ready();
  await take('first-visit');

  const broken = join('runs/screenshots', 'vit-small.safetensors');
  writeFileSync(broken, Buffer.concat([Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"cls_token":{"dtype":"F32"')]));
  await playground.drop(broken);
  await expect(page.getByRole('alert').first()).toBeVisible();
  await take('error');
  await page.getByRole('button', { name: 'Dismiss this message' }).first().click();

  for (const record of records) {
    const before = await playground.runRows.count();
    await playground.drop(record);
    await expect(playground.runRows).toHaveCount(before + 1);
  }
  // A record brings no weights, so the map is the backbone's.
  await page.getByRole('combobox', { name: 'First map' }).click();
  await page.getByRole('option', { name: 'Backbone, as set up' }).click();
  await playground.ready();
  await take('comparing');

  await playground.drop(join(dirname(records.at(-1) ?? ''), 'adapted.safetensors'));
  await expect(playground.runRows).toHaveCount(records.length + 1);
  await playground.ready();
  await page.getByRole('button', { name: 'Show a second map beside this one' }).click();
  await playground.blockSlider.focus();
  await page.keyboard.press('Home');
  for (let block = 0; block < 3; block++) await page.keyboard.press('ArrowRight');
  await expect(page.locator('.pane canvas')).toHaveCount(2);
  await page
    .locator('.pane canvas')
    .first()
    .hover({ position: { x: 60, y: 60 } });
  await page.waitForTimeout(1000);
  await take('inspecting');
  await page.getByRole('button', { name: 'Close', exact: true }).click();

  await playground.adaptButton.click();
  // Long enough for the loss to draw a curve.
  await expect(playground.reading('Epoch')).toHaveText(/^[3-5] of 6$/);
  await take('training');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await close();
}

await withBuiltPage(async (open) => {
  for (const scheme of SCHEMES) await photograph(open, scheme);
});
