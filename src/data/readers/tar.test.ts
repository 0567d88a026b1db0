import { expect, test } from 'vitest';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { readTar } from './tar.js';

const BLOCK = 512;
const latin1 = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

interface Member {
  /** One letter for each byte. */
  readonly name: string;
  readonly type?: string;
  readonly target?: string;
  readonly content?: string;
}

/** A ustar of these members. */
function tar(members: readonly Member[]): Uint8Array {
  const blocks = members.flatMap(({ name, type = '0', target = '', content = '' }) => {
    const header = new Uint8Array(BLOCK);
    const put = (at: number, text: string): void => header.set(latin1(text), at);
    put(0, name);
    put(100, '0000644\0');
    put(124, `${content.length.toString(8).padStart(11, '0')}\0`);
    put(156, type);
    put(157, target);
    put(257, 'ustar\x0000');
    put(148, `${(header.reduce((sum, byte) => sum + byte, 0) + 8 * 32).toString(8).padStart(6, '0')}\0 `);
    const body = latin1(content);
    return [...header, ...body, ...Array<number>((BLOCK - (body.length % BLOCK)) % BLOCK).fill(0)];
  });
  return Uint8Array.from([...blocks, ...Array<number>(2 * BLOCK).fill(0)]);
}

async function read(members: readonly Member[]): Promise<{ texts: Record<string, string>; skipped: Record<string, string> }> {
  const { entries, skipped } = await readTar(byteSourceFromBytes('x.tar', tar(members)));
  const texts = await Promise.all(
    entries.map(async (entry) => [entry.name, new TextDecoder().decode(await entry.read(0, entry.size))] as const),
  );
  return { texts: Object.fromEntries(texts), skipped: Object.fromEntries(skipped.map(({ name, reason }) => [name, reason])) };
}

test('a link stands for the file or folder that it leads to', async () => {
  const { texts, skipped } = await read([
    { name: 'store/a/1.jpg', content: 'one' },
    { name: 'store/a/2.jpg', content: 'two' },
    { name: 'classes/cat', type: '2', target: '../store/a' },
    { name: 'classes/dog/3.jpg', type: '2', target: '../../store/a/1.jpg' },
    { name: 'classes/dog/4.jpg', type: '1', target: 'store/a/2.jpg' },
  ]);
  expect(skipped).toEqual({});
  expect(texts).toEqual({
    'store/a/1.jpg': 'one',
    'store/a/2.jpg': 'two',
    'classes/cat/1.jpg': 'one',
    'classes/cat/2.jpg': 'two',
    'classes/dog/3.jpg': 'one',
    'classes/dog/4.jpg': 'two',
  });
});

test('links to nothing, circular links, links out of the archive and devices are left out by name', async () => {
  const { texts, skipped } = await read([
    { name: 'cat/1.jpg', content: 'one' },
    { name: 'cat/gone.jpg', type: '2', target: 'nowhere.jpg' },
    { name: 'cat/self.jpg', type: '2', target: 'self.jpg' },
    { name: 'cat/up', type: '2', target: '..' },
    { name: 'cat/above', type: '2', target: '../cat' },
    { name: 'cat/out.jpg', type: '2', target: '/etc/passwd' },
    { name: 'cat/pipe', type: '6' },
  ]);
  expect(Object.keys(texts)).toEqual(['cat/1.jpg']);
  expect(Object.keys(skipped).sort()).toEqual(['cat/above', 'cat/gone.jpg', 'cat/out.jpg', 'cat/pipe', 'cat/self.jpg', 'cat/up']);
});

test('names in another encoding, global extended headers, and an entry that occurs twice', async () => {
  const { texts } = await read([
    { name: 'pax', type: 'g', content: '16 comment=hello\n' },
    { name: '\x94\x4c/\x83\x5c.jpg', content: 'cat' },
    { name: 'x', type: 'L', content: `${'long/'.repeat(30)}1.jpg\0` },
    { name: 'short', content: 'long' },
    { name: 'twice.jpg', content: 'old' },
    { name: 'twice.jpg', content: 'new' },
  ]);
  expect(texts).toEqual({ '猫/ソ.jpg': 'cat', [`${'long/'.repeat(30)}1.jpg`]: 'long', 'twice.jpg': 'new' });
});

test('a path that leads out of the archive is refused', async () => {
  await expect(read([{ name: '../x.jpg', content: 'x' }])).rejects.toMatchObject({ code: 'file.damaged' });
});
