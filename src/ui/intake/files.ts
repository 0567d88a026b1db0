import type { GivenFile } from '../../protocol/api.js';
import type { FileLister } from '../../store/state/intake.js';

/** How many entries are read at a time: each asks the browser's own process, which takes about a millisecond. */
const AT_A_TIME = 64;

/** All entries of a directory; `readEntries` returns them in portions, the last of which is empty. */
async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return all;
    all.push(...portion);
  }
}

// Chromium has no constructors of these interfaces to compare with.
const isFileEntry = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectoryEntry = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

async function walk(entries: readonly FileSystemEntry[], into: GivenFile[], each: () => void): Promise<void> {
  for (let from = 0; from < entries.length; from += AT_A_TIME) {
    const some = entries.slice(from, from + AT_A_TIME).filter(isFileEntry);
    const files = await Promise.all(some.map(fileOf));
    some.forEach((entry, i) => {
      const file = files[i];
      if (file) into.push({ path: entry.fullPath.replace(/^\//, ''), file });
    });
    each();
  }
  for (const entry of entries) if (isDirectoryEntry(entry)) await walk(await entriesOf(entry), into, each);
}

const pathOf = (file: File): string => file.webkitRelativePath || file.name;

/** Picked files; files of a folder keep their path in it. */
export function pickedFiles(list: FileList | readonly File[]): GivenFile[] {
  return [...list].map((file) => ({ path: pathOf(file), file }));
}

declare global {
  interface DataTransferItem {
    /** Some browsers do not have it. */
    getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
  }
  interface Window {
    /** In Chromium only; other browsers pick a folder through an input. */
    showDirectoryPicker?: () => Promise<FileSystemDirectoryHandle>;
  }
}

const isFolder = (handle: FileSystemHandle | null): handle is FileSystemDirectoryHandle => handle?.kind === 'directory';

/**
 * Lists dropped or pasted files and folders. A folder is passed to the worker as a handle if the browser gives one, so that listing its
 * files does not block the page; otherwise it is walked through. Must be called before the event ends, while the transfer can be read.
 *
 * @param walked whether to walk through folders even if there is a handle.
 */
export function transferredFiles(transfer: DataTransfer, walked = false): FileLister {
  const loose = [...transfer.files];
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const taken = items.map((item) => {
    const entry = item.webkitGetAsEntry();
    const handle = walked || !entry?.isDirectory ? undefined : item.getAsFileSystemHandle?.().catch(() => null);
    return { entry, handle };
  });
  return async (found, signal) => {
    const folders: FileSystemDirectoryHandle[] = [];
    const entries: FileSystemEntry[] = [];
    for (const { entry, handle } of taken) {
      const given = (await handle) ?? null;
      if (isFolder(given)) folders.push(given);
      else if (entry) entries.push(entry);
    }
    const files: GivenFile[] = [];
    await walk(entries, files, () => {
      signal.throwIfAborted();
      found(files.length);
    });
    return { files: files.length + folders.length > 0 ? files : pickedFiles(loose), folders };
  };
}

/**
 * Asks for a folder. Resolves to null in a browser that gives pages no handles of folders, and to undefined when the person
 * cancelled.
 */
export async function pickFolder(): Promise<FileLister | null | undefined> {
  if (!window.showDirectoryPicker) return null;
  try {
    const folder = await window.showDirectoryPicker();
    return async () => ({ files: [], folders: [folder] });
  } catch (thrown) {
    return thrown instanceof DOMException && thrown.name === 'AbortError' ? undefined : null;
  }
}
