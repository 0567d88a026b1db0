import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openSafetensors, byteSourceFromBytes, writeSafetensors } from './safetensors.js';
import type { NamedTensor } from '../tensors.js';

const tensor = (shape: number[], values: number[]): NamedTensor => ({ shape, data: new Float32Array(values) });

/** A file from a header's text, its declared length, and data. */
function file(header: string, data: Uint8Array, declared = BigInt(new TextEncoder().encode(header).length)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, declared, true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: number[], begin: number, end: number): string =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
const open = (bytes: Uint8Array) => openSafetensors(byteSourceFromBytes('w.safetensors', bytes));

describe('openSafetensors', () => {
  it('reads F32, F16, BF16 and F64 as float32, at offsets that are not aligned', async () => {
    const data = new Uint8Array([
      ...[7], // U8
      ...[0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c], // F16: 1, -2, 2^-24, 65504, inf
      ...[0x80, 0x3f, 0x49, 0xc0], // BF16: 1, -3.140625
      ...[0x00, 0x00, 0x20, 0x40], // F32: 2.5
      ...[0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f], // F64: 0.1
    ]);
    const header = `{"u":${entry('U8', [1], 0, 1)},"h":${entry('F16', [5], 1, 11)},"b":${entry('BF16', [2, 1], 11, 15)},"f":${entry('F32', [], 15, 19)},"d":${entry('F64', [1], 19, 27)}}`;
    const opened = await open(file(header, data));
    expect([...(await opened.read('h')).data]).toEqual([1, -2, 2 ** -24, 65504, Infinity]);
    expect(await opened.read('b')).toEqual({ shape: [2, 1], data: new Float32Array([1, -3.140625]) });
    expect(await opened.read('f')).toEqual({ shape: [], data: new Float32Array([2.5]) });
    expect((await opened.read('d')).data[0]).toBe(Math.fround(0.1));
    await expect(opened.read('u')).rejects.toMatchObject({ code: 'file.unsupported' });
    expect((await opened.readTyped('u')).data).toEqual(new Uint8Array([7]));
    await expect(opened.read('x')).rejects.toMatchObject({ code: 'weights.missing-tensor', subject: 'x' });
  });

  it('reads integers as they are stored', async () => {
    const data = new Uint8Array(new BigInt64Array([-1n, 2n ** 62n]).buffer);
    const opened = await open(file(`{"i":${entry('I64', [2], 0, 16)}}`, data));
    expect((await opened.readTyped('i')).data).toEqual(new BigInt64Array([-1n, 2n ** 62n]));
  });

  const eight = new Uint8Array(8);
  const damaged: [string, Uint8Array, string, RegExp][] = [
    ['a file of 5 bytes', new Uint8Array(5), 'file.damaged', /5 bytes long/],
    ['a header of 2^60 bytes', file('{}', eight, 1n << 60n), 'file.damaged', /1152921504606846976/],
    ['a header of 100,000,001 bytes', file('{}', eight, 100_000_001n), 'file.damaged', /at most 100000000/],
    ['a header longer than the file', file('{}', eight, 200n), 'file.damaged', /truncated/],
    ['a header that is not JSON', file('{"a":', eight), 'file.damaged', /no valid JSON/],
    ['a header that is not UTF-8', file('{}', eight, 4n).fill(0xff, 9, 12), 'file.damaged', /not UTF-8/],
    ['a header that begins with a space', file(' {}', new Uint8Array(0)), 'file.damaged', /does not begin/],
    ['a header nested without end', file(`{"a":${'['.repeat(1e6)}`, eight), 'file.damaged', /nested/],
    [
      'a key named twice',
      file(`{"a":${entry('F32', [1], 0, 4)},"a":${entry('F32', [1], 4, 8)}}`, eight),
      'file.damaged',
      /"a" twice/,
    ],
    [
      'a key named twice by an escape',
      file(`{"a":${entry('F32', [1], 0, 4)},"\\u0061":${entry('F32', [1], 4, 8)}}`, eight),
      'file.damaged',
      /twice/,
    ],
    [
      'overlapping tensors',
      file(`{"a":${entry('F32', [2], 0, 8)},"b":${entry('F32', [1], 4, 8)}}`, eight),
      'file.damaged',
      /'b'.*overlaps/,
    ],
    ['a hole', file(`{"a":${entry('F32', [1], 4, 8)}}`, eight), 'file.damaged', /'a'.*hole/],
    ['bytes left over', file(`{"a":${entry('F32', [1], 0, 4)}}`, eight), 'file.damaged', /left over/],
    ['data cut off', file(`{"a":${entry('F32', [4], 0, 16)}}`, eight), 'file.damaged', /truncated/],
    ['offsets that do not fit the shape', file(`{"a":${entry('F32', [1], 0, 8)}}`, eight), 'file.damaged', /takes 4 bytes/],
    ['offsets backwards', file(`{"a":${entry('F32', [0], 8, 0)}}`, eight), 'file.damaged', /'a'/],
    [
      'a shape whose product overflows',
      file(`{"a":${entry('F32', [2 ** 40, 2 ** 40], 0, 8)}}`, eight),
      'file.damaged',
      /too large/,
    ],
    ['a negative length', file(`{"a":${entry('F32', [-1], 0, 8)}}`, eight), 'file.damaged', /'a'/],
    [
      'more tensors than any model has',
      file(`{${Array.from({ length: 100_001 }, (_, i) => `"${i}":0`).join(',')}}`, eight),
      'file.damaged',
      /more than 100000 keys/,
    ],
    ['an unknown type', file(`{"a":${entry('Q7', [1], 0, 8)}}`, eight), 'file.unsupported', /'Q7'/],
    [
      'metadata of numbers',
      file(`{"__metadata__":{"a":1},"a":${entry('F32', [2], 0, 8)}}`, eight),
      'file.damaged',
      /__metadata__/,
    ],
  ];
  it.each(damaged)('refuses %s', async (_, bytes, code, message) => {
    await expect(open(bytes)).rejects.toMatchObject({ name: 'PlaygroundError', code, message: expect.stringMatching(message) });
  });

  it('refuses every truncation of a good file', async () => {
    const bytes = writeSafetensors(new Map([['a', tensor([2, 3], [1, 2, 3, 4, 5, 6])]]), { k: 'v' });
    for (let length = 0; length < bytes.length; length++) {
      await expect(open(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'file.damaged' });
    }
  });
});

describe('writeSafetensors', () => {
  it('writes what the specification says, byte by byte', () => {
    const bytes = writeSafetensors(
      new Map([
        ['b', tensor([1], [1])],
        ['a', tensor([2], [-2, 0.5])],
      ]),
      { format: 'pt' },
    );
    const header = `{"__metadata__":{"format":"pt"},"a":${entry('F32', [2], 0, 8)},"b":${entry('F32', [1], 8, 12)}}`;
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8, ' ');
    const data = new Uint8Array([0, 0, 0, 0xc0, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f]);
    expect(bytes).toEqual(file(padded, data));
  });

  it('gives the same bytes whatever the order, and reads back', async () => {
    const entries: [string, NamedTensor][] = [
      ['z', tensor([], [3])],
      ['10', tensor([3, 0], [])],
      ['Ä', tensor([2, 2], [1, NaN, -0, 1e-45])],
    ];
    const bytes = writeSafetensors(new Map(entries), { b: '2', a: '1' });
    expect(bytes).toEqual(writeSafetensors(new Map([...entries].reverse()), { a: '1', b: '2' }));
    const opened = await open(bytes);
    expect(opened.metadata).toEqual({ a: '1', b: '2' });
    for (const [name, value] of entries) expect(await opened.read(name)).toEqual(value);
  });

  it('refuses a shape that does not fit its elements', () => {
    expect(() => writeSafetensors(new Map([['a', tensor([3], [1])]]), {})).toThrow(/'a' has shape \[3\] but 1 elements/);
  });
});

it('reads the bundled backbone', async () => {
  const path = fileURLToPath(new URL('../../../public/models/photo-formula-vit.safetensors', import.meta.url));
  const opened = await openSafetensors(byteSourceFromBytes('photo-formula-vit.safetensors', readFileSync(path)));
  expect(opened.tensors.size).toBe(152);
  expect((await opened.read('pos_embed')).shape).toEqual([1, 145, 96]);
});
