import { describe, expect, test } from 'vitest';
import { readGoldenFile } from '../../formats/golden.js';
import { byteSourceFromPath } from '../../headless/inputs/files.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { GOLDEN_NAMES } from '../../testing/golden.js';
import { fileURLToPath } from 'node:url';
import { verifyGolden } from './verify.js';

const read = async (name: string) =>
  readGoldenFile(await byteSourceFromPath(fileURLToPath(new URL(`../../../public/golden/${name}.safetensors`, import.meta.url))));

describe.each(GOLDEN_NAMES)('%s', (name) => {
  test('the engine agrees with the authors\u2019 PyTorch code in every tensor', async () => {
    const report = await verifyGolden(await testMachine(), await read(name));
    expect(report.rows.filter((row) => !row.passed)).toEqual([]);
    expect(report.rows.length).toBeGreaterThan(20);
  });
});

test('a change of one weight by 1 % fails', async () => {
  const golden = await read('pyra_lora');
  const name = 'blocks.1.mlp.fc1.weight';
  const weights = new Map(golden.weights);
  const whole = weights.get(name);
  if (!whole) throw new Error(`the golden file has no ${name}`);
  weights.set(name, { shape: whole.shape, data: whole.data.map((value) => value * 1.01) });
  const report = await verifyGolden(await testMachine(), { ...golden, weights });
  expect(report.passed).toBe(false);
  expect(report.rows.find((row) => row.tensor === 'logits')?.passed).toBe(false);
});
