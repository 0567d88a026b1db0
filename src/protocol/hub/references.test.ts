import { describe, expect, it } from 'vitest';
import { HUB, readReference, readTypedReference } from './references.js';

describe('how a model elsewhere is named', () => {
  it.each([
    ['owner/name', 'owner/name', 'main'],
    [' owner/name@v1.0 ', 'owner/name@v1.0', 'v1.0'],
    ['google/vit-base@refs/pr/3', 'google/vit-base@refs/pr/3', 'refs/pr/3'],
    [`${HUB}/owner/name`, 'owner/name', 'main'],
    [`${HUB}/owner/name/`, 'owner/name', 'main'],
    [`${HUB}/owner/name/tree/dev?x=1#y`, 'owner/name@dev', 'dev'],
  ])('%s is a repository', (text, name, revision) => {
    expect(readReference(text, HUB)).toEqual({
      kind: 'repository',
      name,
      repository: name.replace(/@.*/, ''),
      revision,
      hub: HUB,
    });
  });

  it.each([
    ['https://example.com/a/vit%20b.npz?download=1', 'vit b.npz', 'https://example.com/a/vit%20b.npz?download=1'],
    ['https://example.com/', 'example.com', 'https://example.com/'],
    ['https://example.com/%ff.npz', '%ff.npz', 'https://example.com/%ff.npz'],
    [`${HUB}/owner/name/blob/main/model.safetensors`, 'model.safetensors', `${HUB}/owner/name/resolve/main/model.safetensors`],
    [`${HUB}/files/vit.npz`, 'vit.npz', `${HUB}/files/vit.npz`],
    ['http://localhost:8080/vit.pth', 'vit.pth', 'http://localhost:8080/vit.pth'],
  ])('%s is a file', (text, name, address) => {
    const reference = readReference(text, HUB);
    expect(reference).toMatchObject({ kind: 'file', name });
    expect(reference.kind === 'file' && reference.url.href).toBe(address);
  });

  it.each([
    '',
    'name',
    'a/b/c',
    '../x',
    'file:///etc/passwd',
    'ftp://example.com/x',
    'http://example.com/x',
    'https://a:b@example.com/x',
  ])("'%s' is neither", (text) => expect(() => readReference(text, HUB)).toThrow(expect.objectContaining({ code: 'usage' })));

  it('asks the hub for a bare name, and for an address the host in it, as a hub of its own', () => {
    expect(readTypedReference('owner/name').origin).toBe(HUB);
    expect(readTypedReference('https://mirror.example.org/owner/name/tree/x')).toMatchObject({
      origin: 'https://mirror.example.org',
      reference: { kind: 'repository', name: 'owner/name@x', hub: 'https://mirror.example.org' },
    });
    expect(readTypedReference('https://example.com:8443/a/vit.npz').origin).toBe('https://example.com:8443');
  });
});
