import { expect, it } from 'vitest';
import { filesBelow } from './folder-files.js';
import { SmallReads } from './small-reads.js';

interface Tree {
  readonly [name: string]: Tree | string | null;
}

/** What a test needs of a handle: the entries' names and kinds, and the files. */
function folder(name: string, tree: Tree): FileSystemDirectoryHandle {
  const entries = Object.entries(tree).map(([child, inside]) =>
    typeof inside === 'object' && inside !== null
      ? folder(child, inside)
      : {
          kind: 'file',
          name: child,
          getFile: () => (inside === null ? Promise.reject(new Error('no')) : Promise.resolve(new File([inside], child))),
        },
  );
  const handle: unknown = {
    kind: 'directory',
    name,
    async *values() {
      yield* entries;
    },
  };
  const isHandle = (value: unknown): value is FileSystemDirectoryHandle => value === handle;
  if (!isHandle(handle)) throw new Error('unreachable');
  return handle;
}

it('lists all files by their path, with progress', async () => {
  const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`${i}.png`, 'x']));
  const told: number[] = [];
  const files = await filesBelow(
    folder('set', { cat: many, dog: { deep: { '1.png': 'y' } } }),
    new SmallReads(),
    new AbortController().signal,
    (count) => told.push(count),
  );
  expect(files).toHaveLength(131);
  expect(files.map(({ name }) => name)).toContain('set/dog/deep/1.png');
  expect(told.at(-1)).toBe(131);
  expect(told.length).toBeGreaterThan(3);
});

it('a file that may not be read is known by name', async () => {
  const [file] = await filesBelow(
    folder('set', { 'a.png': null }),
    new SmallReads(),
    new AbortController().signal,
    () => undefined,
  );
  expect(file?.name).toBe('set/a.png');
  await expect(file?.read(0, 0)).rejects.toMatchObject({ code: 'file.unreadable' });
});

it('ends when it is cancelled', async () => {
  const controller = new AbortController();
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}.png`, 'x']));
  const listed = filesBelow(folder('set', many), new SmallReads(), controller.signal, () => controller.abort());
  await expect(listed).rejects.toMatchObject({ code: 'cancelled' });
});
