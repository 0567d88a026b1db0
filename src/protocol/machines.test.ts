import { expect, it } from 'vitest';
import { readMachineChoice, writeMachineChoice } from './machines.js';
import { adapterSchema } from './runs/run.js';

it.each([
  ['cpu', { kind: 'cpu', threads: null }],
  ['cpu:3', { kind: 'cpu', threads: 3 }],
  ['cpu-simd', { kind: 'cpu', threads: null, build: 'cpu-simd' }],
  ['cpu-relaxed:2', { kind: 'cpu', threads: 2, build: 'cpu-relaxed' }],
  ['gpu', { kind: 'gpu', threads: null }],
] as const)('an address may ask for %s', (text, choice) => {
  expect(readMachineChoice(text)).toEqual(choice);
  expect(writeMachineChoice(choice)).toBe(text);
});

it.each(['', 'auto', 'cpu:0', 'cpu:x', 'gpu:2', 'cpu-', 'tpu'])('anything else leaves the choice to the page: %j', (text) => {
  expect(readMachineChoice(text)).toEqual({ kind: 'auto', threads: null });
});

it('older records, which only say whether it was hardware, have a kind', () => {
  const old = { name: 'a', vendor: '', architecture: '', description: '', features: [] };
  expect(adapterSchema.parse({ ...old, hardware: true }).kind).toBe('gpu');
  expect(adapterSchema.parse({ ...old, hardware: false }).kind).toBe('software');
  expect(adapterSchema.parse({ ...old, kind: 'cpu' }).kind).toBe('cpu');
  expect(adapterSchema.safeParse(old).success).toBe(false);
});
