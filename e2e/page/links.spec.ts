import { expect, test } from '../support/page.js';

test.use({ serviceWorkers: 'allow' });

test('a link opened in a new window brings the same configuration', async ({ playground, context }) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await page.getByRole('radio', { name: 'ToMe' }).click();
  await page.getByRole('textbox', { name: 'LoRA rank' }).fill('4');
  await page.getByRole('textbox', { name: 'Epochs' }).fill('7');
  await page.getByRole('textbox', { name: 'Epochs' }).press('Tab');
  await expect(page).toHaveURL(/method=tome.*epochs=7/);

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole('radio', { name: 'ToMe' })).toBeChecked();
  await expect(other.getByRole('textbox', { name: 'LoRA rank' })).toHaveValue('4');
  await expect(other.getByRole('textbox', { name: 'Epochs' })).toHaveValue('7');
});

test('a link with an unknown option is reported by its name, and the page works', async ({ playground }) => {
  await playground.open({ epocs: 7 });
  await expect(playground.page.getByRole('alert')).toContainText('“epocs”');
  await playground.ready();
});

test('Back and Forward go between the screens, and leave the set-up as it is', async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await page.getByRole('button', { name: 'Help', exact: true }).click();
  await page.getByRole('button', { name: 'PYRA Playground' }).click();
  await page.getByRole('radio', { name: 'ToMe' }).click();
  await expect(page).toHaveURL(/method=tome/);
  await page.goBack();
  await expect(page.getByRole('button', { name: 'Help', exact: true })).toHaveAttribute('aria-current', 'page');
  await page.goBack();
  await expect(page.getByRole('radio', { name: 'ToMe' })).toBeChecked();
  await page.goForward();
  await expect(page.getByRole('button', { name: 'Help', exact: true })).toHaveAttribute('aria-current', 'page');
  // A pasted link is followed, whatever the screen.
  await page.evaluate(() => (location.hash = '#method=none'));
  await page.getByRole('button', { name: 'PYRA Playground' }).click();
  await expect(page.getByRole('radio', { name: 'No merging' })).toBeChecked();
});

test('after the first visit the page opens without a network', async ({ playground, context }) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await playground.kept();
  await context.setOffline(true);
  await page.reload();
  await playground.ready();
});
