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

/** Dropped or pasted files and folders, which are walked through when it is called. The entries are taken at once, before the event is over. */
export function transferredFiles(transfer: DataTransfer): FileLister {
  const loose = [...transfer.files];
  const entries = [...transfer.items].flatMap((item) => (item.kind === 'file' ? (item.webkitGetAsEntry() ?? []) : []));
  return async (found, signal) => {
    const files: GivenFile[] = [];
    await walk(entries, files, () => {
      signal.throwIfAborted();
      found(files.length);
    });
    return files.length > 0 ? files : pickedFiles(loose);
  };
}
