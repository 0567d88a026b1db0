import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axeCore from 'axe-core';
import type { AxeResults } from 'axe-core';
import { expect, test, type Playground } from './page.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or critical on what stands on the page now, a line each. */
async function seriousFindings({ page }: Playground): Promise<string[]> {
  // Evaluated from here rather than loaded as a script: the page's security policy lets no foreign script in.
  await page.evaluate(axeSource);
  const results = await page.evaluate(async (): Promise<AxeResults> => {
    const { axe } = window as Window & { axe?: typeof axeCore };
    if (!axe) throw new Error('axe did not load');
    return axe.run();
  });
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing serious on any screen', async ({ playground }) => {
      const { page } = playground;
      await playground.open();
      await playground.ready();
      expect(await seriousFindings(playground)).toEqual([]);
      for (const screen of ['Verify', 'Benchmark', 'Help']) {
        await page.getByRole('navigation', { name: 'Page' }).getByRole('button', { name: screen }).click();
        expect(await seriousFindings(playground)).toEqual([]);
      }
    });
  });
}

test('axe finds nothing serious at a phone’s width', async ({ playground }) => {
  await playground.page.setViewportSize({ width: 390, height: 844 });
  await playground.open();
  for (const tab of ['Set up', 'Watch', 'Compare']) {
    await playground.page.getByRole('tab', { name: tab }).click();
    expect(await seriousFindings(playground)).toEqual([]);
  }
});
