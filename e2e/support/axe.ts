import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axeCore from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Playground } from './page.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What a theme can change: findings of all other rules are the same in every theme. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * The serious and critical findings of axe on the page as it is now, a line for each. In the dark theme only colours are looked at.
 * @param without rules that are ignored.
 */
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
  const results = await page.evaluate(async (rules): Promise<AxeResults> => {
    const { axe } = window as Window & { axe?: typeof axeCore };
    if (!axe) throw new Error('axe did not load');
    const dark = document.documentElement.dataset['theme'] === 'dark';
    return axe.run({ resultTypes: ['violations'], ...(dark ? { runOnly: rules } : {}) });
  }, COLOUR_RULES);
  return results.violations
    .filter(({ id, impact }) => (impact === 'serious' || impact === 'critical') && !without.includes(id))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
