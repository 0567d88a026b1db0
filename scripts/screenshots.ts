/**
 * Takes the README's screenshots, light and dark, into docs/screenshots/: first visit, training, inspecting, comparing and an error; and
 * with own photographs the diagram, the classes and a predicted folder. The compared runs are first trained on the command line, and kept
 * in runs/screenshots/. `-- own` takes only those with own photographs, `-- compared` all others.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect as baseExpect, type Page } from '@playwright/test';
import sharp from 'sharp';
import { withBuiltPage, type OpenPage } from './built-page.js';

// A software adapter is slow.
const expect = baseExpect.configure({ timeout: 120_000 });

const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

const EPOCHS = '6';
/** Method, schedule and seed of the compared runs; the last run is the selected one. */
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

/** The run.json of each compared run, which is trained if it is missing. */
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

async function takePicture(page: Page, name: string, scheme: Scheme): Promise<void> {
  const picture = sharp(await page.screenshot()).png({ palette: true, quality: 95 });
  await picture.toFile(join(pictures, `${name}-${scheme}.png`));
  console.log(`${pictures}/${name}-${scheme}.png`);
}

const SHOWN = ['cat', 'coffee', 'rocket'] as const;
const CROPS = 12;

/** Writes parts of the three photographs, like a person's own pictures. @param mirrored for pictures to predict instead of to train on. */
async function writeCrops(folder: string, mirrored: boolean): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  for (const [at, what] of SHOWN.entries()) {
    const photograph = sharp(`public/pictures/${what}.jpg`);
    const { width, height } = await photograph.metadata();
    for (let index = 0; index < CROPS; index++) {
      const side = Math.round(Math.min(width, height) * (0.55 + (0.4 * ((index * 7) % 10)) / 10));
      const left = Math.round(((width - side) * ((index * 37) % 100)) / 100);
      const top = Math.round(((height - side) * ((index * 53) % 100)) / 100);
      const crop = photograph.clone().extract({ left, top, width: side, height: side }).resize(320, 320);
      const path = join(folder, `IMG_${100 + SHOWN.length * index + at}.jpg`);
      await (mirrored ? crop.flop() : crop).jpeg().toFile(path);
      paths.push(path);
    }
  }
  return paths;
}

/** Sorts loose photographs into classes, trains on them, and predicts others. */
async function photographOwn(open: OpenPage, scheme: Scheme): Promise<void> {
  const { playground, close } = await open({
    viewport: { width: 1440, height: 1000 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  const { page } = playground;
  await playground.open({ epochs: 60, warmupEpochs: 6, imageSize: 96, learningRate: 0.003 }, 'cpu');
  await playground.ready();
  await page.locator('.diagram').getByRole('tab', { name: 'PYRA', exact: true }).click();
  await takePicture(page, 'diagram', scheme);

  await playground.pick(...(await writeCrops('runs/screenshots/loose', false)));
  await page.getByRole('button', { name: 'Add a class' }).click();
  for (const [index, name] of SHOWN.entries()) {
    await page.getByRole('button', { name: `Class name: Class ${index + 1}` }).click();
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
  }
  const loose = page.getByRole('group', { name: 'Pictures: no class yet' }).getByRole('button');
  await expect(page.locator('.tile img')).toHaveCount(SHOWN.length * CROPS);
  for (let left = SHOWN.length * CROPS; left > 0; left--) {
    if (left === SHOWN.length * 3) await takePicture(page, 'buckets', scheme);
    const number = Number(/\d+/.exec((await loose.first().getAttribute('aria-label')) ?? '')?.[0]);
    await loose.first().focus();
    await page.keyboard.press(String(((number - 100) % SHOWN.length) + 1));
    if (left > 1) await expect(loose).toHaveCount(left - 1);
  }
  await page.getByRole('button', { name: 'Use as the data set' }).click();
  await playground.ready();
  await playground.adapt();

  await writeCrops('runs/screenshots/new photographs', true);
  await page.getByRole('region', { name: 'The chosen run' }).getByRole('button', { name: 'Predict' }).click();
  await page.getByTestId('folder-input').setInputFiles('runs/screenshots/new photographs');
  const predictions = page.getByRole('region', { name: 'Predictions', exact: true });
  await expect(predictions.locator('canvas')).toHaveCount(SHOWN.length * CROPS);
  await takePicture(page, 'predicting', scheme);
  await close();
}

async function photograph(open: OpenPage, scheme: Scheme, records: readonly string[]): Promise<void> {
  const viewport = { width: 1440, height: 1000 };
  const { playground, close } = await open({ viewport, colorScheme: scheme, reducedMotion: 'reduce' });
  const { page } = playground;
  const take = (name: string): Promise<void> => takePicture(page, name, scheme);

  await playground.open({ data: 'task:texture', epochs: 20, warmupEpochs: 2 });
  await playground.ready();
  await expect(page.getByRole('heading', { name: /^One merge of block/ })).toBeVisible();
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
  // A record has no weights, so the map is the backbone's.
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
  // Late enough for the loss to form a curve.
  await expect(playground.reading('Epoch')).toHaveText(/^[3-5] of 6$/);
  await take('training');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await close();
}

const records = process.argv.includes('own') ? [] : trainCompared();
await withBuiltPage(async (open) => {
  for (const scheme of SCHEMES) {
    if (records.length > 0) await photograph(open, scheme, records);
    if (!process.argv.includes('compared')) await photographOwn(open, scheme);
  }
});
