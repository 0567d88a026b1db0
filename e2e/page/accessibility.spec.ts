import type { Locator, Page } from '@playwright/test';
import { seriousFindings } from '../support/axe.js';
import { Keyboard } from '../support/keyboard.js';
import { DIGITS, expect, Playground, test } from '../support/page.js';

/** Waits until the page has drawn this many more frames. */
const drawn = (page: Page, frames: number): Promise<void> =>
  page.evaluate(async (count) => {
    for (let frame = 0; frame < count; frame++) await new Promise(requestAnimationFrame);
  }, frames);

/** Trains a run on a few pictures, and waits until the page is ready again. */
async function adaptDigits(playground: Playground): Promise<void> {
  await playground.open({ epochs: 2, warmupEpochs: 0.2 });
  await playground.ready();
  await playground.pick(DIGITS);
  await expect(playground.page.getByRole('region', { name: 'Data', exact: true })).toContainText('30 train');
  await playground.ready();
  await playground.adapt();
  await playground.ready();
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing serious on any screen', async ({ playground }) => {
      const { page } = playground;
      await playground.open();
      await playground.ready();
      expect(await seriousFindings(playground)).toEqual([]);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      expect(await seriousFindings(playground)).toEqual([]);
      for (const screen of ['Verify', 'Benchmark', 'Help']) {
        await page.getByRole('navigation', { name: 'Page' }).getByRole('button', { name: screen }).click();
        expect(await seriousFindings(playground)).toEqual([]);
      }
    });

    test('axe finds nothing serious in anything that opens', async ({ playground }) => {
      const { page } = playground;
      await adaptDigits(playground);
      const opened = async (open: () => Promise<void>): Promise<void> => {
        await open();
        expect(await seriousFindings(playground)).toEqual([]);
      };
      const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' }).first();
      // While a list is open, the rest of the page is hidden from screen readers and the focus stays in the list.
      await page.getByRole('combobox', { name: 'First map' }).click();
      expect(await seriousFindings(playground, ['aria-hidden-focus'])).toEqual([]);
      await page.keyboard.press('Tab');
      await expect(page.getByRole('option').first()).toBeVisible();
      await page.keyboard.press('Escape');
      await opened(() => button('Explain Method').click());
      await page.keyboard.press('Escape');
      await opened(() => button('Export').click());
      await page.keyboard.press('Escape');
      await opened(() => button('Show a second map beside this one').click());
      await opened(() => page.getByRole('tab', { name: 'Classes' }).click());
      await opened(() => page.getByRole('tab', { name: 'Configuration' }).click());
      await page.getByRole('tab', { name: 'Confusion' }).click();
      await opened(() => page.locator('.confusion-cell[data-right="true"]').first().click());
      for (const summary of await page.locator('summary').all()) await summary.click();
      await opened(async () => undefined);
      await opened(async () => {
        await page.getByRole('group', { name: 'Pictures looked through' }).getByRole('button').first().click();
        await expect(page.getByRole('combobox', { name: /^Class of / })).toBeVisible();
      });
      await opened(async () => {
        await button(/^Delete PYRA/).click();
        await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
      });
    });
  });
}

test('axe finds nothing serious at a phone’s width', async ({ playground }) => {
  await playground.page.setViewportSize({ width: 390, height: 844 });
  await playground.open();
  await playground.page.getByRole('tab', { name: 'Set up' }).click();
  await expect(playground.adaptButton).toBeEnabled();
  for (const tab of ['Set up', 'Watch', 'Compare']) {
    await playground.page.getByRole('tab', { name: tab }).click();
    expect(await seriousFindings(playground)).toEqual([]);
  }
});

test('the main job by keyboard alone: adapt, sort, star, open, delete and undo', async ({ playground }) => {
  const { page } = playground;
  await playground.openDigits();
  const keys = new Keyboard(page);
  await keys.tabTo(/^Adapt$/);
  await page.keyboard.press('Enter');
  await expect(playground.adaptButton).toBeHidden();
  await expect(playground.adaptButton).toBeVisible();

  await keys.tabTo(/^Acc\./);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'Acc.' })).toHaveAttribute('aria-sort', 'descending');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'Acc.' })).toHaveAttribute('aria-sort', 'ascending');
  await keys.tabTo(/^Star /);
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: /^Take the star from / })).toHaveAttribute('aria-pressed', 'true');
  await keys.tabTo(/^PYRA .*seed 0/);
  await page.keyboard.press('Enter');
  await expect(playground.runRows.first()).toHaveAttribute('aria-selected', 'true');
  await keys.tabTo(/^Delete PYRA/);
  await page.keyboard.press('Enter');
  await expect(playground.runRows).toHaveCount(0);
  await page.keyboard.press('F8');
  await keys.tabTo(/^Undo$/);
  await page.keyboard.press('Enter');
  await expect(playground.runRows).toHaveCount(1);
});

test('at 200 % zoom nothing is cut off at the side', async ({ playground }) => {
  // A window of 1280 x 900 at 200 %: half as many CSS pixels each way.
  await playground.page.setViewportSize({ width: 640, height: 450 });
  await playground.open();
  for (const tab of ['Set up', 'Watch', 'Compare']) {
    await playground.page.getByRole('tab', { name: tab }).click();
    const [needed, there] = await playground.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(needed, tab).toBeLessThanOrEqual(there ?? 0);
  }
});

test('the first map plays by itself, unless reduced motion is asked for', async ({ playground, browser, baseURL }) => {
  await playground.open();
  await playground.ready();
  await expect(playground.blockSlider).toHaveAttribute('aria-valuetext', /^after block 4,/);
  const seen = await playground.page.evaluate(() => localStorage.getItem('pyra-playground/preferences'));
  expect(seen).toContain('"introduced":true');

  const context = await browser.newContext({ reducedMotion: 'reduce', ...(baseURL === undefined ? {} : { baseURL }) });
  const still = new Playground(await context.newPage(), new URL(baseURL ?? '').origin);
  await still.open();
  await still.page.evaluate(() => {
    const positions = new Set<string>();
    Object.assign(window, { positions });
    new MutationObserver(() => {
      const thumb = document.querySelector('.slider-thumb');
      if (thumb && !thumb.hasAttribute('data-disabled')) positions.add(thumb.getAttribute('aria-valuenow') ?? '');
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await still.ready();
  await drawn(still.page, 180);
  const positions: unknown = JSON.parse(
    await still.page.evaluate(() => {
      const found: unknown = Reflect.get(window, 'positions');
      return JSON.stringify(found instanceof Set ? [...found] : null);
    }),
  );
  expect(positions).toEqual(['4']);
  await context.close();
});

test("with the system's own colours one sees what is pressed, and the bars of the slider", async ({ playground }) => {
  const { page } = playground;
  await page.emulateMedia({ forcedColors: 'active' });
  await playground.open();
  await playground.ready();
  const background = (of: Locator): Promise<string> => of.evaluate((element) => getComputedStyle(element).backgroundColor);
  const [pressed, other] = [page.getByRole('radio', { name: 'GMACs' }), page.getByRole('radio', { name: 'img/s' })];
  expect(await background(pressed)).not.toBe(await background(other));
  const canvas = await background(page.locator('body'));
  for (const part of ['.slider-track', '.token-fill', '.memory-bar > span'])
    expect(await background(page.locator(part).first()), part).not.toBe(canvas);
});
