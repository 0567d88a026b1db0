/** Files that lie: each gives one PlaygroundError with one sentence; none hangs, allocates without bound, or runs anything. */
import { existsSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { crc32 } from '../../containers/crc32.js';
import { fixtureBytes } from '../fixtures/model.js';
import { openNpz } from '../../containers/numpy/npz.js';
import { openArchive } from '../../containers/zip-archive.js';
import { readPickle } from '../../containers/pickle/pickle.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { loadWeights } from './weights.js';

const encode = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  readonly method?: number;
  /** What the headers say instead of the truth. */
  readonly says?: { readonly size?: number; readonly compressedSize?: number; readonly crc?: number; readonly offset?: number };
}

/** A zip archive byte by byte (APPNOTE 4.3.7, 4.3.12, 4.3.16). */
function zip(entries: readonly ZipEntry[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, deflate = false, method = deflate ? 8 : 0, says = {} } of entries) {
    const stored = deflate ? deflateRawSync(data) : data;
    const size = says.size ?? data.length;
    const compressed = says.compressedSize ?? stored.length;
    const common = new Uint8Array(26);
    const view = new DataView(common.buffer);
    view.setUint16(0, 20, true);
    view.setUint16(4, method, true);
    view.setUint32(10, says.crc ?? crc32(data), true);
    view.setUint32(14, compressed, true);
    view.setUint32(18, size, true);
    view.setUint16(22, name.length, true);
    const local = join([0x50, 0x4b, 3, 4], common, encode(name), stored);
    const end = new Uint8Array(14);
    new DataView(end.buffer).setUint32(10, says.offset ?? offset, true);
    directory.push(join([0x50, 0x4b, 1, 2, 20, 0], common, end, encode(name)));
    chunks.push(local);
    offset += local.length;
  }
  const directorySize = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, entries.length, true);
  view.setUint16(10, entries.length, true);
  view.setUint32(12, directorySize, true);
  view.setUint32(16, offset, true);
  return join(...chunks, ...directory, end);
}

function npy(descr: string, shape: string, data: Uint8Array, fortran = 'False'): Uint8Array<ArrayBuffer> {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
  return join([0x93], encode('NUMPY'), [1, 0, header.length & 255, header.length >> 8], encode(header), data);
}

async function failure(source: ByteSource | Uint8Array): Promise<PlaygroundError> {
  const given = source instanceof Uint8Array ? byteSourceFromBytes('given', source) : source;
  const loaded = await loadWeights([given], { heads: 2 })
    .then(
      async ({ reader }) => {
        for (const name of reader.names()) await reader.read(name);
        return undefined;
      },
      (error: unknown) => error,
    )
    .catch((error: unknown) => error);
  if (!(loaded instanceof PlaygroundError)) throw new Error(`expected a PlaygroundError, got ${String(loaded)}`);
  expect(loaded.message).not.toContain('\n');
  return loaded;
}

describe('npz', () => {
  const four = new Uint8Array(16);
  const good = npy('<f4', '4,', four);
  const named = (data: Uint8Array, more: Partial<ZipEntry> = {}) => zip([{ name: 'embedding/kernel.npy', data, ...more }]);
  const bomb = new Uint8Array(70 * 2 ** 20);

  it.each<[string, () => Uint8Array, string, RegExp]>([
    ['pickled objects', () => named(npy('|O', '4,', four)), 'file.unsupported', /pickled objects/],
    ['complex numbers', () => named(npy('<c8', '2,', four)), 'file.unsupported', /'<c8'/],
    ['text', () => named(npy('<U4', '1,', four)), 'file.unsupported', /'<U4'/],
    ['a shape that does not fit', () => named(npy('<f4', '5,', four)), 'file.damaged', /16 bytes of elements/],
    ['a shape that overflows', () => named(npy('<f4', '99999999999, 99999999999', four)), 'file.damaged', /does not fit/],
    ['a shape that is an expression', () => named(npy('<f4', '2**2,', four)), 'file.damaged', /plainly/],
    ['other magic bytes', () => named(encode('NUMPY? no')), 'file.damaged', /magic/],
    ['a header that ends early', () => named(good.slice(0, 30)), 'file.damaged', /ends within/],
    ['a bomb', () => named(npy('<f4', `${bomb.length / 4},`, bomb), { deflate: true }), 'file.damaged', /would unpack/],
    [
      'an entry that inflates to more than it says',
      () => named(good, { deflate: true, says: { size: good.length - 4 } }),
      'file.damaged',
      /./,
    ],
    [
      'an entry that inflates to less than it says',
      () => named(good, { deflate: true, says: { size: good.length + 4 } }),
      'file.damaged',
      /./,
    ],
    ['an entry that cannot be inflated', () => named(good, { method: 8 }), 'file.damaged', /inflate/],
    ['a method of its own', () => named(good, { method: 12 }), 'file.damaged', /method 12/],
    ['a path that climbs out', () => zip([{ name: '../../cls.npy', data: good }]), 'file.damaged', /climbs out/],
    ['an absolute path', () => zip([{ name: '/etc/cls.npy', data: good }]), 'file.damaged', /climbs out/],
    [
      'one name twice',
      () =>
        zip([
          { name: 'a.npy', data: good },
          { name: 'a.npy', data: good },
        ]),
      'file.damaged',
      /twice/,
    ],
    ['an entry behind the end', () => named(good, { says: { offset: 2 ** 31 } }), 'file.damaged', /truncated|directory/],
    [
      'a stored entry longer than the file',
      () => named(good, { says: { size: 1e9, compressedSize: 1e9 } }),
      'file.damaged',
      /truncated|directory/,
    ],
    ['two sizes of a stored entry', () => named(good, { says: { size: 1e6 } }), 'file.damaged', /two sizes/],
  ])('refuses %s', async (_, make, code, message) => {
    const error = await failure(make());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('reads past objects and texts that stand beside numbers, and big-endian numbers as what they are', async () => {
    const bytes = zip([
      { name: 'about.npy', data: npy('|O', '4,', four) },
      { name: 'cls.npy', data: npy('>f4', '2,', Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0)) },
      { name: 'labels.npy', data: npy('<U4', '1,', four) },
    ]);
    const store = await openNpz(await openArchive(byteSourceFromBytes('m.npz', bytes)));
    expect([...store.tensors.keys()]).toEqual(['cls']);
    expect([...(await store.read('cls')).data]).toEqual([1, -2.5]);
    expect([...(await store.read('cls', { first: 1, count: 1 })).data]).toEqual([-2.5]);
  });

  it('finds a changed number by the checksum', async () => {
    const bytes = fixtureBytes('augreg.npz');
    // The last elements before the second local header: numbers of the first array.
    const text = new TextDecoder('latin1').decode(bytes);
    const at = text.indexOf('PK\x03\x04', 4) - 3;
    bytes[at] = (bytes[at] ?? 0) ^ 0x55;
    const error = await failure(bytes);
    expect(error.code).toBe('file.damaged');
    expect(error.message).toContain('checksum');
  });
});

describe('pth', () => {
  it('refuses what names os.system, and runs nothing', async () => {
    const error = await failure(fixtureBytes('names-os-system.pth'));
    expect(error).toMatchObject({ code: 'file.unsupported', subject: 'os.system' });
    expect(error.message).toContain("'os.system'");
    expect(existsSync('pickle-ran')).toBe(false);
  });

  it('refuses a pickled module, and a TorchScript program', async () => {
    expect((await failure(fixtureBytes('whole-module.pth'))).message).toContain("'torch.nn.modules.linear.Linear'");
    expect((await failure(fixtureBytes('torchscript.pth'))).message).toContain('TorchScript');
  });

  /** A checkpoint {'cls_token': tensor} whose storage says `elements` and whose tensor says offset, shape and stride. */
  const checkpoint = (elements: string, offset: string, shape: string, stride: string): Uint8Array => {
    const pickle =
      `}X\u0009\0\0\0cls_tokenctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\0` +
      `0X\u0003\0\0\0cpuL${elements}L\ntQL${offset}L\n${shape}${stride}I00\nccollections\nOrderedDict\n)RtRs.`;
    return zip([
      { name: 'a/data.pkl', data: encode(pickle) },
      { name: 'a/data/0', data: new Uint8Array(16) },
    ]);
  };
  const tuple = (...values: (number | bigint)[]): string => `(${values.map((value) => `L${value}L\n`).join('')}t`;

  it('takes the checkpoint from which the damaged ones below differ', async () => {
    expect((await failure(checkpoint('4', '0', tuple(1, 1, 4), tuple(4, 4, 1)))).message).toContain('patch_embed.proj.weight');
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a tensor beyond its storage', checkpoint('4', '1', tuple(1, 1, 4), tuple(4, 4, 1)), /behind its storage/],
    ['strides beyond the storage', checkpoint('4', '0', tuple(1, 1, 4), tuple(4, 4, 2)), /behind its storage/],
    ['a tensor that repeats one element without bound', checkpoint('4', '0', tuple(2 ** 20, 2 ** 20), tuple(0, 0)), /repeats/],
    ['a shape that overflows', checkpoint('4', '0', tuple(2n ** 52n, 2n ** 52n), tuple(1, 1)), /behind its storage|shape/],
    ['a negative offset', checkpoint('4', '-1', tuple(1, 1, 4), tuple(4, 4, 1)), /describes a tensor/],
    ['a negative stride', checkpoint('4', '0', tuple(1, 1, 4), tuple(4, 4, -1)), /describes a tensor/],
    ['fewer strides than axes', checkpoint('4', '0', tuple(1, 1, 4), tuple(1)), /describes a tensor/],
  ])('refuses %s', async (_, bytes, message) => {
    const error = await failure(bytes);
    expect(error.code).toBe('file.damaged');
    expect(error.message).toMatch(message);
  });
});

describe('pickle', () => {
  const run = (text: string) =>
    readPickle(
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
      'p: its pickle',
    );

  it('reads numbers as Python writes them', () => {
    // pickle.dumps([1, -2, 300, 2**40, -2**70, 0.5, True, None, 'ä'], protocol=2), memo left out.
    const text =
      '\x80\x02](K\x01J\xfe\xff\xff\xffM\x2c\x01\x8a\x06\0\0\0\0\0\x01\x8a\x09\0\0\0\0\0\0\0\0\xc0G\x3f\xe0\0\0\0\0\0\0\x88NX\x02\0\0\0\xc3\xa4e.';
    expect(run(text).value).toEqual([1, -2, 300, 2 ** 40, -(2n ** 70n), 0.5, true, null, 'ä']);
  });

  it.each<[string, string, RegExp]>([
    ['GLOBAL', 'cos\nsystem\n(S"x"\ntR.', /'os.system'/],
    ['STACK_GLOBAL', '\x8c\x05posix\x8c\x06system\x93.', /'os.system'/],
    ['INST', '(S"x"\nios\nsystem\n.', /0x53|'os.system'/],
    ['INST without arguments', '(ios\nsystem\n.', /'os.system'/],
    ['builtins.eval', 'cbuiltins\neval\n.', /'builtins.eval'/],
    ['a name of ours as an attribute path', '\x8c\x05torch\x8c\x10load.__globals__\x93.', /torch.load/],
    ['an extension', '\x82\x01.', /0x82/],
    ['a persistent id as text', 'P0\n.', /0x50/],
    ['a call of a storage class', 'ctorch\nFloatStorage\n)R.', /FloatStorage/],
    ['a call of a number', 'I1\n)R.', /calls/],
    ['an empty stack', '.', /empty stack/],
    ['a group never opened', 't.', /never opened/],
    ['a memo never kept', 'h\x05.', /never kept/],
    ['an append to a number', 'K\x01K\x02a.', /not a list/],
    ['an item of a list', ']K\x01K\x02s.', /not a dict/],
    ['attributes of a list', ']}b.', /attributes/],
    ['a string longer than the file', 'X\xff\xff\xff\x7f.', /truncated/],
    ['a string of 2^60 bytes', '\x8d\0\0\0\0\0\0\0\x10.', /1152921504606846976/],
    ['an integer of 2^31 bytes', '\x8b\xff\xff\xff\x7f.', /integer of/],
    ['no end', '}', /truncated/],
    ['a later protocol', '\x80\x09.', /protocol/],
  ])('refuses %s', (_, text, message) => {
    expect(() => run(text)).toThrow(PlaygroundError);
    expect(() => run(text)).toThrow(message);
  });

  it('refuses more instructions than any checkpoint has', () => {
    expect(() => run('}'.repeat(3e6))).toThrow(/more than 2000000 instructions/);
  });

  it('bears a list that holds itself, and half a million nested lists', () => {
    expect(run(']2a.').value).toHaveLength(1);
    expect(() => run(']'.repeat(5e5) + 'a'.repeat(5e5 - 1) + '.')).not.toThrow();
  });
});

describe('every form', () => {
  it.each(['augreg.npz', 'big-vision-stacked-deflated.npz', 'pyra-checkpoint.pth', 'legacy.pth'])(
    'gives one sentence for %s cut off anywhere',
    async (name) => {
      const bytes = fixtureBytes(name);
      for (let length = 0; length < bytes.length; length += 97) {
        const error = await failure(bytes.subarray(0, length));
        expect(error.code).toMatch(/^file\./);
      }
    },
  );

  it.each(['augreg-deflated.npz', 'pyra-checkpoint.pth', 'legacy.pth'])(
    'never fails otherwise for %s with bytes changed',
    async (name) => {
      const original = fixtureBytes(name);
      let state = 12345;
      const random = (below: number): number => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      for (let round = 0; round < 300; round++) {
        const bytes = original.slice();
        for (let change = 0; change < 8; change++) bytes[random(bytes.length)] = random(256);
        const outcome = await loadWeights([byteSourceFromBytes('given', bytes)], { heads: 2 })
          .then(async ({ reader }) => {
            for (const tensor of reader.names()) await reader.read(tensor);
            return 'loaded';
          })
          .catch((error: unknown) => error);
        if (outcome !== 'loaded') expect(outcome).toBeInstanceOf(PlaygroundError);
      }
    },
    60_000,
  );
});
