/** Small files at paths such as `runs/ID/run.json`. */
export interface FileStore {
  /** Null where there is no such file. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Writes all of it or nothing: until the new bytes are complete, the old ones stay. */
  write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Removes a file, or a folder with its contents, if it exists. */
  remove(path: string): Promise<void>;
  /** The names of the files and folders in a folder; none where the folder does not exist. */
  list(folder: string): Promise<string[]>;
}

/** Keeps files for as long as the page is open: for browsers, or modes of them, that keep nothing. */
export class MemoryFiles implements FileStore {
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();

  async read(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#files.get(path)?.slice() ?? null;
  }

  async write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#files.set(path, bytes.slice());
  }

  async remove(path: string): Promise<void> {
    for (const name of [...this.#files.keys()]) if (name === path || name.startsWith(`${path}/`)) this.#files.delete(name);
  }

  async list(folder: string): Promise<string[]> {
    const names = new Set<string>();
    for (const name of this.#files.keys()) {
      if (name.startsWith(`${folder}/`)) names.add(name.slice(folder.length + 1).split('/')[0] ?? '');
    }
    return [...names];
  }
}

const isMissing = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === 'NotFoundError';

/** The origin's private file system, which only this origin sees and which outlives the page. */
class OriginFiles implements FileStore {
  readonly #root: FileSystemDirectoryHandle;

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  async #folder(segments: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> {
    let folder = this.#root;
    for (const segment of segments) folder = await folder.getDirectoryHandle(segment, { create });
    return folder;
  }

  async read(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const segments = path.split('/');
    const name = segments.pop() ?? '';
    try {
      const handle = await (await this.#folder(segments, false)).getFileHandle(name);
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    } catch (thrown) {
      if (isMissing(thrown)) return null;
      throw thrown;
    }
  }

  async write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const segments = path.split('/');
    const name = segments.pop() ?? '';
    const handle = await (await this.#folder(segments, true)).getFileHandle(name, { create: true });
    // A writable fills a temporary file, which replaces the old one when it is closed.
    const writable = await handle.createWritable();
    try {
      await writable.write(bytes);
      await writable.close();
    } catch (thrown) {
      await writable.abort().catch(() => undefined);
      throw thrown;
    }
  }

  async remove(path: string): Promise<void> {
    const segments = path.split('/');
    const name = segments.pop() ?? '';
    try {
      await (await this.#folder(segments, false)).removeEntry(name, { recursive: true });
    } catch (thrown) {
      if (!isMissing(thrown)) throw thrown;
    }
  }

  async list(folder: string): Promise<string[]> {
    try {
      const names: string[] = [];
      for await (const name of (await this.#folder(folder.split('/'), false)).keys()) names.push(name);
      return names;
    } catch (thrown) {
      if (isMissing(thrown)) return [];
      throw thrown;
    }
  }
}

/** The origin's private files, or files in memory where the browser gives none (as some private windows do). */
export function privateFiles(): FileStore {
  const opening = navigator.storage.getDirectory().then(
    (root) => new OriginFiles(root),
    () => new MemoryFiles(),
  );
  return {
    read: async (path) => (await opening).read(path),
    write: async (path, bytes) => (await opening).write(path, bytes),
    remove: async (path) => (await opening).remove(path),
    list: async (folder) => (await opening).list(folder),
  };
}
