import { seriousFindings } from '../support/axe.js';
import { expect, test } from '../support/page.js';

/**
 * A newcomer's three questions, answered by the page as it arrives: what merges into what here, what does PYRA change, and how much faster
 * is high? By mouse, by keyboard alone, and on a phone.
 */
test('a student finds what merges into what, what PYRA changes and what high saves', async ({ playground }) => {
  const { page } = playground;
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await playground.open({}, 'cpu');
  await playground.ready();
  const diagram = page.locator('.diagram');
  const map = page.locator('.merge-map');
  const step = (name: string) => diagram.getByRole('tab', { name, exact: true });

  // The columns scroll, and the page does not, however much of them is unfolded.
  for (const fold of ['Look through the pictures', 'Classes and split']) await page.getByText(fold, { exact: true }).click();
  const pageScrolls = (): Promise<boolean> =>
    page.evaluate(
      () =>
        document.documentElement.scrollHeight > window.innerHeight || document.documentElement.scrollWidth > window.innerWidth,
    );
  await expect(page.getByRole('button', { name: /^Drop class / }).first()).toBeVisible();
  expect(await pageScrolls()).toBe(false);

  // By mouse: the pair under the pointer, kept by a click, and its steps.
  await page.getByRole('slider', { name: 'Block', exact: true }).press('Home');
  await map.click({ position: { x: 20, y: 20 } });
  await expect(diagram.getByRole('heading', { name: 'One merge of block 1' })).toBeVisible();
  await expect(diagram.getByText('Row 1, column 1')).toBeVisible();
  await map.hover({ position: { x: 200, y: 200 } });
  await expect(diagram.getByText('Row 1, column 1')).toBeVisible();
  for (const heading of [/^2/, /^3/, /^4/, /^5/, /^6/]) {
    await diagram.getByRole('button', { name: /^Next: / }).click();
    await expect(diagram.getByRole('heading', { name: heading })).toBeVisible();
  }
  await expect(diagram).toContainText(/One token stands for \d+ patches now/);
  await step('Partner').click();
  // The step stays over other screens.
  await page.getByRole('button', { name: 'Help', exact: true }).click();
  await page.getByRole('button', { name: 'Help', exact: true }).click();
  await expect(diagram).toContainText(/cos = 0\.\d{3}/);
  expect(await seriousFindings(playground)).toEqual([]);

  // Pointing at a number highlights its symbol in the equation and shows its meaning.
  await step('PYRA').click();
  await expect(diagram).toContainText('PYRA starts as ToMe');
  const number = diagram.locator('.values .term').first();
  await number.hover();
  await expect(diagram.locator('.meaning')).toContainText('one weight for this pair');
  await expect(diagram.locator('.formula .term[data-active="true"]')).toHaveCount(2);
  await diagram.locator('.formula .term[data-active="true"]').first().hover();
  await expect(number).toHaveAttribute('data-active', 'true');

  // By keyboard alone.
  await map.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Escape');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(diagram.getByRole('button', { name: /Let go|Go to block/ })).toBeVisible();
  await step('PYRA').focus();
  await page.keyboard.press('ArrowRight');
  await expect(step('Token')).toBeFocused();
  await page.keyboard.press('Home');
  await expect(diagram.getByRole('heading', { name: /^1/ })).toBeVisible();
  await map.press('Escape');
  await page.getByRole('slider', { name: 'Block', exact: true }).press('End');
  await expect(page.locator('.map-panel')).toContainText('it decides by what is left');
  await expect(page.locator('.counts')).toContainText(/Cost if merging stopped here, at 96 px:\s[\d.]+\sGMACs, \d+\s% less/);

  await expect(page.getByTestId('schedule-cost')).toHaveText(/[\d.]+\sGMACs \(−\d+\s%\)/);

  // Before any training, the step PYRA leads to a run of the study, whose weights change something.
  await playground.blockSlider.press('Home');
  await step('PYRA').click();
  await diagram.getByRole('button', { name: 'Show a trained one' }).click();
  await expect(diagram).toContainText(/Here they changed [\d.]+\s% of src/);

  // On a phone.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('tab', { name: 'Watch' }).click();
  await step('Keys').click();
  await diagram.locator('.formula .term').first().click();
  await expect(diagram.locator('.meaning')).toContainText('what attention compares a token by');
  const fits = (): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  expect(await fits()).toBe(true);

  // The full benchmark of the machine: a line for each result as it is measured.
  await page.getByRole('button', { name: 'Benchmark' }).click();
  await page.getByRole('button', { name: 'Measure in full' }).click();
  await expect(page.getByTestId('full-benchmark').getByRole('listitem').filter({ hasText: 'golden' }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Measure in full' })).toBeDisabled();
  expect(await fits()).toBe(true);
  expect(await seriousFindings(playground)).toEqual([]);
});
