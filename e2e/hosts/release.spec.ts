import { join } from 'node:path';
import { packRelease } from '../../scripts/release/pack.js';
import { bareHost } from '../support/bare-host.js';
import { expect, Playground, test } from '../support/page.js';
import { unpack } from '../support/unpack.js';

test.use({ serviceWorkers: 'allow' });

test('the packed page works when unpacked in a subfolder of a plain host, and then without a network', async ({
  page,
  context,
}, testInfo) => {
  const built = join(import.meta.dirname, '../../dist');
  const release = await packRelease(built, 'pyra-playground');
  expect(release.checksum).toBe((await packRelease(built, 'pyra-playground')).checksum);
  await unpack(release.zip, testInfo.outputPath('host'));
  const host = await bareHost(testInfo.outputPath('host'), '/people/me/');
  try {
    const playground = new Playground(page, new URL(host.address).origin);
    await page.goto(`${host.address}pyra-playground/#imageSize=32&epochs=1&warmupEpochs=0`);
    await playground.ready();
    await playground.kept();
    await context.setOffline(true);
    await page.reload();
    await playground.ready();
    await playground.adapt();
    await expect(playground.reading('Test')).toContainText('%');
    expect(playground.complaints).toEqual([]);
  } finally {
    await host.close();
  }
});
