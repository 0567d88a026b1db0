import { describe, expect, test } from 'vitest';
import { readGoldenFile } from '../../formats/golden.js';
import { byteSourceFromPath } from '../../headless/inputs/files.js';
import { machineChoosing, testMachine } from '../../testing/machines/gpu.js';
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

test('the engine agrees with the other kinds of candidates as well', async () => {
  const { gpu } = await testMachine();
  const subgroups = gpu.smallestSubgroup > 0;
  const norms = subgroups ? '4 rows by subgroups' : '8 rows';
  const others = { exponentials: norms, 'norm rows': norms, 'norm before': 'in the load', attention: '32x16x16 unfused' };
  const machine = machineChoosing(gpu, subgroups ? '8x128 by 8x4 broadcast' : '32x32x8 by 4x4', others);
  const report = await verifyGolden(machine, await read('pyra_lora'));
  expect(report.rows.filter((row) => !row.passed)).toEqual([]);
  expect(Object.values(machine.tuner.choices)).toEqual(expect.arrayContaining(Object.values(others)));
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
