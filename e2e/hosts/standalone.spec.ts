import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seriousFindings } from '../support/axe.js';
import { bareHost } from '../support/bare-host.js';
import { chromiumLaunch } from '../support/browser.js';
import { expect, Playground, test } from '../support/page.js';
import { unpack } from '../support/unpack.js';

const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

test.use({ launchOptions: chromiumLaunch(CAMERA) });

test('a run is exported as a page that classifies a picture and the camera on any host', async ({
  playground,
  page,
  context,
}, testInfo) => {
  await playground.open({ imageSize: 32, epochs: 1, warmupEpochs: 0, schedule: 'high' }, 'cpu');
  await playground.ready();
  await playground.adapt();
  const zip = await playground.exportRun('A page that classifies');
  await unpack(new Uint8Array(readFileSync(await zip.path())), testInfo.outputPath('host/mine'));
  await page.close();

  const host = await bareHost(testInfo.outputPath('host'), '/people/me/');
  try {
    const alone = await context.newPage();
    await alone.setViewportSize({ width: 390, height: 844 });
    const taken = new Playground(alone, new URL(host.address).origin);
    await alone.goto(`${host.address}mine/`);
    await expect(alone.getByRole('heading', { level: 1 })).toHaveText(/^Which of \d+ classes is it\?$/);
    await expect(alone.getByText(/^Right for [\d.]+ % of 1000 test pictures/)).toContainText(
      /95 % interval.*most frequent class/,
    );
    await taken.drop(join(import.meta.dirname, '../../public/pictures/cat.jpg'));
    const map = alone.getByRole('img', { name: /^The picture\. After block 12 of 12: / });
    await expect(map).toBeVisible();
    await expect(alone.getByRole('heading', { level: 2 })).toHaveText(/\S/);
    await alone.getByRole('slider', { name: 'Block' }).press('Home');
    await expect(alone.getByText('Before the first block: 16 regions and the class token.')).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      await alone.emulateMedia({ colorScheme });
      expect(await seriousFindings(taken)).toEqual([]);
    }
    expect(await alone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);

    const shown = await alone.getByText(/^Computed in/).textContent();
    const camera = alone.getByRole('button', { name: 'Use the camera' });
    await camera.press('Enter');
    await expect(camera).toHaveAttribute('aria-pressed', 'true');
    await expect(alone.getByText(/^Computed in/)).not.toHaveText(shown ?? '');
    await camera.press('Enter');
    await expect(camera).toHaveAttribute('aria-pressed', 'false');
    expect(taken.complaints).toEqual([]);
  } finally {
    await host.close();
  }
});
