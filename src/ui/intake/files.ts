import type { GivenFile } from '../../protocol/api.js';
import type { FileLister } from '../../store/state/intake.js';

/** Entries that are asked for at a time: each is a question to the browser's process, which answers in about a millisecond. */
const AT_A_TIME = 64;

/** All entries of a directory: `readEntries` gives them in portions, and an empty one at the end. */
async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return all;
    all.push(...portion);
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

async function walk(entries: readonly FileSystemEntry[], into: GivenFile[], each: () => void): Promise<void> {
  for (let from = 0; from < entries.length; from += AT_A_TIME) {
    const some = entries.slice(from, from + AT_A_TIME).filter((entry) => entry instanceof FileSystemFileEntry);
    const files = await Promise.all(some.map(fileOf));
    some.forEach((entry, i) => {
      const file = files[i];
      if (file) into.push({ path: entry.fullPath.replace(/^\//, ''), file });
    });
    each();
  }
  for (const entry of entries) if (entry instanceof FileSystemDirectoryEntry) await walk(await entriesOf(entry), into, each);
}

const pathOf = (file: File): string => file.webkitRelativePath || file.name;

/** Picked files; those of a folder keep their path. */
export function pickedFiles(list: FileList | readonly File[]): GivenFile[] {
  return [...list].map((file) => ({ path: pathOf(file), file }));
}

declare global {
  interface DataTransferItem {
    /** Not in every browser. */
    getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
  }
  interface Window {
    /** Chromium's; others take a folder through an input. */
    showDirectoryPicker?: () => Promise<FileSystemDirectoryHandle>;
  }
}

const isFolder = (handle: FileSystemHandle | null): handle is FileSystemDirectoryHandle => handle?.kind === 'directory';

/**
 * Dropped or pasted files and folders. A folder goes to the worker as it is where the browser has a handle of it, so that the page does
 * not stand still for its files; else it is walked through. All must be taken at once, before the event is over.
 *
 * @param walked whether folders are walked through in any case.
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
 * Asks for a folder where the browser hands one to the page as it is; null where it does not, undefined where the person
 * thought better of it.
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
