import type { GivenFile } from '../../protocol/api.js';

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

async function walk(entry: FileSystemEntry, into: GivenFile[]): Promise<void> {
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    into.push({ path: entry.fullPath.replace(/^\//, ''), file });
  } else if (entry instanceof FileSystemDirectoryEntry) {
    for (const child of await entriesOf(entry)) await walk(child, into);
  }
}

const pathOf = (file: File): string => file.webkitRelativePath || file.name;

/** Picked files; those of a folder keep their path. */
export function pickedFiles(list: FileList | readonly File[]): GivenFile[] {
  return [...list].map((file) => ({ path: pathOf(file), file }));
}

/** Dropped or pasted files and folders, folders walked through. The entries must be taken before the event is over. */
export async function transferredFiles(transfer: DataTransfer): Promise<GivenFile[]> {
  const loose = [...transfer.files];
  const entries = [...transfer.items].flatMap((item) => (item.kind === 'file' ? [item.webkitGetAsEntry()] : []));
  const files: GivenFile[] = [];
  for (const entry of entries) if (entry) await walk(entry, files);
  return files.length > 0 ? files : pickedFiles(loose);
}
