import { readFileSync, writeFileSync } from 'node:fs';
import { runSchema } from '../../src/protocol/runs/run.js';
import { seriousFindings } from '../support/axe.js';
import { narrowBackbone } from '../support/narrow.js';
import { expect, test } from '../support/page.js';

async function writeBackbone(path: string, scale = 1): Promise<string> {
  writeFileSync(path, await narrowBackbone(scale));
  return path;
}

test('a backbone of unknown heads is asked about and kept over a reload, and a run on it continues', async ({
  playground,
}, testInfo) => {
  const { page } = playground;
  const panel = page.getByRole('region', { name: 'Backbone', exact: true });
  const choice = page.getByRole('combobox', { name: 'Backbone' });
  await playground.open({ epochs: 9, warmupEpochs: 0, batchSize: 100, learningRate: 0.01 });
  await playground.ready();
  await playground.drop(await writeBackbone(testInfo.outputPath('narrow.safetensors')));
  await expect(panel.getByRole('alert')).toContainText(`has 96 channels and does not say in how many attention heads`);
  // Until there is an answer, the page keeps the backbone that it had.
  await playground.ready();
  await panel.getByRole('textbox', { name: 'Attention heads of narrow.safetensors' }).fill('7');
  await panel.getByRole('button', { name: 'Use', exact: true }).click();
  await expect(panel.getByRole('alert')).toContainText(`7 heads (from what was asked for) do not divide the 96 channels`);
  await panel.getByRole('textbox', { name: 'Attention heads of narrow.safetensors' }).fill('6');
  await panel.getByRole('textbox', { name: 'Attention heads of narrow.safetensors' }).press('Enter');
  await expect(choice).toHaveText('narrow.safetensors');
  await expect(panel).toContainText('2 blocks · 96 channels · 6 heads');
  await expect(page).toHaveURL(/model=narrow\.safetensors&heads=6/);
  await expect(panel.getByRole('alert')).toBeHidden();
  await expect(panel).toContainText('Kept in this browser');

  await panel.getByRole('textbox', { name: 'Image size' }).fill('24');
  await panel.getByRole('textbox', { name: 'Image size' }).press('Enter');

  // The normalisation is unknown: the page asks until there is an answer, which can be changed in the field.
  const question = panel.getByRole('group', { name: 'Question about the backbone' });
  await expect(question).toContainText('how pixels are normalised is a guess: mean 0.485, 0.456, 0.406');
  expect(await seriousFindings(playground)).toEqual([]);
  await question.getByRole('button', { name: '0.5 (ViT, AugReg)', exact: true }).click();
  await expect(question).toBeHidden();
  await expect(page).toHaveURL(/mean=0\.5,0\.5,0\.5/);
  await panel.getByText('How the file was understood').click();
  await panel.getByRole('combobox', { name: 'Normalisation' }).click();
  await page.getByRole('option', { name: 'CLIP' }).click();
  await expect(panel).toContainText('Pixels are normalised with mean 0.48145466, 0.4578275, 0.40821073');
  await expect(page).toHaveURL(/mean=0\.48145466,0\.4578275,0\.40821073/);
  await playground.ready();

  await playground.adaptButton.click();
  await expect(playground.reading('Epoch')).toHaveText(/^[2-6] of 9$/);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Resume', exact: true })).toBeVisible();
  await page.reload();

  await expect(choice).toHaveText('narrow.safetensors');
  await playground.ready();
  await expect(panel).toContainText('2 blocks · 96 channels · 6 heads');
  await page.getByTestId('interrupted').getByRole('button', { name: 'Continue' }).click();
  await expect(playground.adaptButton).toBeHidden();
  await expect(playground.adaptButton).toBeVisible();
  await expect(playground.reading('Epoch')).toHaveText('9 of 9');
  const record = runSchema.parse(JSON.parse(readFileSync(await (await playground.exportRun('run.json')).path(), 'utf8')));
  expect(record).toMatchObject({
    state: 'finished',
    configuration: { model: 'narrow.safetensors', heads: 6, mean: [0.48145466, 0.4578275, 0.40821073] },
  });
  expect(record.epochs).toHaveLength(9);
  // A checkpoint with LoRA folded into the backbone, which the browser kept.
  const checkpoint = await playground.exportRun('Merged weights, timm');
  expect(readFileSync(await checkpoint.path()).length).toBeGreaterThan(900_000);
  // The weights alone bring back the backbone as it was understood: their accuracy is that of the run.
  const measured = (await playground.reading('Test').textContent()) ?? '';
  const weights = testInfo.outputPath('mine.safetensors');
  await (await playground.exportRun('Adapted weights')).saveAs(weights);
  await playground.drop(weights);
  await expect(playground.runRows).toHaveCount(2);
  await expect(playground.reading('Test')).toHaveText(measured);
});

test('a kept backbone can be chosen and deleted, and the page says when the browser has no room to keep one', async ({
  playground,
  context,
}, testInfo) => {
  const { page } = playground;
  const panel = page.getByRole('region', { name: 'Backbone', exact: true });
  const choice = page.getByRole('combobox', { name: 'Backbone' });
  await playground.open();
  await playground.ready();
  const files = await Promise.all(
    [1, 0.5].map((scale) => writeBackbone(testInfo.outputPath(`scaled-${scale}.safetensors`), scale)),
  );
  for (const file of files) {
    await playground.drop(file);
    await panel.getByRole('textbox', { name: /Attention heads of scaled/ }).fill('6');
    await panel.getByRole('button', { name: 'Use', exact: true }).click();
    await expect(choice).toHaveText(file.slice(file.lastIndexOf('/') + 1));
  }
  await page.reload();
  await playground.ready();
  await choice.click();
  await page.getByRole('option', { name: 'scaled-1.safetensors' }).click();
  await expect(choice).toHaveText('scaled-1.safetensors');
  await playground.ready();
  await panel.getByText('Kept in this browser').click();
  await expect(panel.getByRole('list', { name: 'Kept backbones' }).getByRole('listitem')).toHaveCount(2);
  await panel.getByRole('button', { name: 'Delete scaled-1.safetensors from this browser' }).click();
  await panel.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(choice).toHaveText('Bundled ViT');
  await expect(panel.getByRole('list', { name: 'Kept backbones' }).getByRole('listitem')).toHaveCount(1);
  await page.reload();
  await playground.ready();
  await choice.click();
  await expect(page.getByRole('option')).toHaveCount(2);
  await page.keyboard.press('Escape');

  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1000 });
  await playground.drop(files[0] ?? '');
  await panel.getByRole('textbox', { name: /Attention heads of scaled/ }).fill('6');
  await panel.getByRole('button', { name: 'Use', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('the browser did not keep');
  await expect(choice).toHaveText('scaled-1.safetensors');
  await playground.ready();
});
