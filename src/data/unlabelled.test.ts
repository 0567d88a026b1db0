import { expect, it } from 'vitest';
import { byteSourceFromBytes } from '../containers/sources.js';
import { openUnlabelled } from './unlabelled.js';

const file = (name: string, content: string) =>
  byteSourceFromBytes(
    name,
    Uint8Array.from(content, (letter) => letter.charCodeAt(0)),
  );

const decoder = { decode: () => Promise.reject(new Error('nothing is decoded here')) };

const PNG = '\x89PNG\r\n\x1a\n\0\0\0\rIHDR';
const RAR = 'Rar!\x1a\x07\x01\0';

it('gives the same advice for an unsupported file as opening a data set does', async () => {
  const given = [file('b.png', PNG), file('more.rar', RAR), file('more.7z', '7z\xbc\xaf\x27\x1c'), file('a.xyz', 'no picture')];
  const { pictures, skipped } = await openUnlabelled(given, decoder, 'given');
  expect(pictures.map(({ name }) => name)).toEqual(['b.png']);
  expect(skipped).toEqual([
    { name: 'more.rar', reason: expect.stringMatching(/RAR archive.*unpack it/) },
    { name: 'more.7z', reason: expect.stringMatching(/7z archive.*unpack it/) },
    { name: 'a.xyz', reason: 'is no picture' },
  ]);
});

it('refuses an unsupported archive with the same advice', async () => {
  await expect(openUnlabelled([file('photos.rar', RAR)], decoder, 'photos.rar')).rejects.toMatchObject({
    code: 'data.empty',
    message: expect.stringMatching(/^photos\.rar: holds no picture.*RAR archive.*unpack it/),
  });
});
