import { expect, test } from './page.js';

test('on arrival the adapter, the backbone, the pictures and a merge map are there', async ({ playground }) => {
  await playground.open();
  await playground.ready();
  const { page } = playground;
  await expect(page).toHaveTitle(/PYRA Playground/);
  await expect(page.getByTestId('adapter-name')).toHaveText(/\S/);
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText('10 classes');
  await expect(page.getByRole('region', { name: 'Backbone', exact: true })).toContainText('12 blocks');
  await expect(page.getByRole('alert')).toHaveCount(0);
});
