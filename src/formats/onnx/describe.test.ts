import { expect, it } from 'vitest';
import { goldenModel } from '../../testing/adapted-model.js';
import { readGolden } from '../../testing/golden.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { describeOnnx, looksLikeOnnx } from './describe.js';
import { exportOnnx } from './export.js';

it('reads what an exported file says about itself', async () => {
  const bytes = await exportOnnx(goldenModel(await readGolden('pyra_lora')));
  const source = byteSourceFromBytes('model.onnx', bytes);
  expect(await looksLikeOnnx(source)).toBe(true);
  const { producer, opset, metadata } = await describeOnnx(source);
  expect({ producer, opset }).toEqual({ producer: 'pyra-playground', opset: 17 });
  expect(metadata).toMatchObject({ image_size: '48', mean: '[0.5,0.5,0.5]', schedule: '[8,6,5,2]', method: 'pyra' });
  for (const length of [20, 1000, bytes.length - 1]) {
    await expect(describeOnnx(byteSourceFromBytes('cut.onnx', bytes.subarray(0, length)))).rejects.toThrow(
      /^cut\.onnx: is no whole/,
    );
  }
});

it('reads fields byte by byte', async () => {
  // ModelProto: ir_version 8; producer_name "pytorch"; opset_import {version 18}, {domain "ai", version 3}; graph of 2 bytes; metadata.
  const entry = [0x72, 6, 0x0a, 1, 0x6b, 0x12, 1, 0x76];
  const bytes = [0x08, 8, 0x12, 7, ...Buffer.from('pytorch'), 0x42, 2, 0x10, 18, 0x42, 6, 0x0a, 2, 0x61, 0x69, 0x10, 3];
  const source = byteSourceFromBytes('m', Uint8Array.from([...bytes, 0x3a, 2, 0xff, 0xff, ...entry]));
  expect(await looksLikeOnnx(source)).toBe(true);
  expect(await describeOnnx(source)).toEqual({ producer: 'pytorch', opset: 18, metadata: { k: 'v' } });
});

it.each([
  ['an empty file', []],
  ['text', [...Buffer.from('a text of no importance')]],
  ['a field beyond the file', [0x08, 8, 0x12, 0xff, 0xff, 0xff, 0xff, 0x7f, ...Array<number>(20).fill(0)]],
  ['a length without an end', [0x08, 8, 0x12, ...Array<number>(20).fill(0xff)]],
])('refuses %s', async (_, bytes) => {
  const source = byteSourceFromBytes('m', Uint8Array.from(bytes));
  if (bytes.length === 0) expect(await looksLikeOnnx(source)).toBe(false);
  else await expect(describeOnnx(source)).rejects.toMatchObject({ code: 'file.damaged' });
});
