import { expect, test } from '../support/page.js';

test.use({ serviceWorkers: 'allow' });

test('the page arrives with an adapter, a backbone, pictures and a merge map', async ({ playground }) => {
  await playground.open();
  await playground.ready();
  const { page } = playground;
  await expect(page).toHaveTitle(/PYRA Playground/);
  await expect(page.getByTestId('adapter-name')).toHaveText(/\S/);
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText('10 classes');
  await expect(page.getByRole('region', { name: 'Backbone', exact: true })).toContainText('12 blocks');
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('the service worker is registered only after the machine, the backbone and the data are there', async ({ playground }) => {
  const { page } = playground;
  await page.addInitScript(() => {
    const register = navigator.serviceWorker.register.bind(navigator.serviceWorker);
    navigator.serviceWorker.register = (...given) => {
      const machine = document.querySelector<HTMLElement>('.header-adapter')?.innerText ?? '';
      document.documentElement.dataset['registeredAt'] = `${machine}\n${document.body.innerText}`;
      return register(...given);
    };
  });
  await playground.open({}, 'cpu');
  await page.evaluate(async () => navigator.serviceWorker.ready);
  const shown = await page.evaluate(() => document.documentElement.dataset['registeredAt'] ?? '');
  expect(shown).toMatch(/^CPU/);
  expect(shown).toContain('12 blocks');
  expect(shown).toContain('10 classes');
});
