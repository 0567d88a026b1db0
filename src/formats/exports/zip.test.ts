import { expect, it } from 'vitest';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { openArchive } from '../../containers/zip-archive.js';
import { zipFiles } from './zip.js';

const file = (name: string, content: string) => ({ name, mediaType: 'text/plain', bytes: new TextEncoder().encode(content) });

it('holds the files as they are, in the same bytes each time', async () => {
  const files = [file('README.md', 'read'), file('adapter_config.json', '{}'), file('empty', '')];
  const zip = await zipFiles(files, 'run-peft.zip');
  expect(zip).toMatchObject({ name: 'run-peft.zip', mediaType: 'application/zip' });
  expect(await zipFiles(files, 'run-peft.zip')).toEqual(zip);
  const archive = await openArchive(byteSourceFromBytes(zip.name, zip.bytes));
  expect([...archive.entries.keys()]).toEqual(files.map(({ name }) => name));
  for (const { name, bytes } of files) {
    const entry = archive.entries.get(name)!;
    expect([...(await archive.read(entry, 0, entry.size, true))]).toEqual([...bytes]);
  }
});
