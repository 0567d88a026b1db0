import { expect, it } from 'vitest';
import { fakeRun } from '../../testing/page/fake-api.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { MemoryFiles } from './private-files.js';
import { RunStore } from './run-store.js';
import { ShippedRuns } from './shipped-runs.js';

const RUN = fakeRun('shipped', PAPER_RECIPE, 'finished', 2);

function page(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const shipped = new ShippedRuns(async (path) => {
    asked.push(path);
    const text = files[path];
    if (text === undefined) throw new Error(`${path} is not there`);
    return new Blob([text]);
  });
  return { asked, shipped };
}

const RESULTS = JSON.stringify({ format: 'pyra-playground-results', version: 1, runs: [RUN], weights: ['shipped'] });

it('are found beside a person’s own, with their weights, each file fetched once and none before it is asked for', async () => {
  const { asked, shipped } = page({ 'study/runs.json': RESULTS, 'study/weights/shipped.safetensors': 'weights' });
  const store = new RunStore(new MemoryFiles(), shipped);
  expect(asked).toEqual([]);
  expect(await store.require('shipped')).toEqual(RUN);
  expect(new TextDecoder().decode(await store.weightsFile(RUN))).toBe('weights');
  expect(await store.find('another')).toBeNull();
  expect(asked).toEqual(['study/runs.json', 'study/weights/shipped.safetensors']);
  expect((await store.list()).runs).toEqual([]);
});

it('a page without them has none, and what is no file of results is refused', async () => {
  const { shipped } = page({});
  expect(await new RunStore(new MemoryFiles(), shipped).find('shipped')).toBeNull();
  for (const text of ['{"format":"other"}', RESULTS.slice(0, -9), '']) {
    await expect(page({ 'study/runs.json': text }).shipped.results()).rejects.toMatchObject({ code: 'file.damaged' });
  }
});
