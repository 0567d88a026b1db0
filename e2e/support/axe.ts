import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axeCore from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Playground } from './page.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The serious and critical findings of axe on the page as it is now, a line for each. @param without rules that are ignored. */
export async function seriousFindings({ page }: Pick<Playground, 'page'>, without: readonly string[] = []): Promise<string[]> {
  // Evaluated from here, since the page's security policy lets no foreign script load.
  await page.evaluate(axeSource);
  // Wait for animations of colours, during which contrasts are wrong.
  await page.evaluate(async () => {
    const passing = document
      .getAnimations()
      .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    await Promise.allSettled(passing.map(({ finished }) => finished));
  });
  const results = await page.evaluate(async (): Promise<AxeResults> => {
    const { axe } = window as Window & { axe?: typeof axeCore };
    if (!axe) throw new Error('axe did not load');
    return axe.run();
  });
  return results.violations
    .filter(({ id, impact }) => (impact === 'serious' || impact === 'critical') && !without.includes(id))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
