import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import { mapConcurrently } from '../concurrent.js';
import { imageFormat, isImageName, unreadablePicture } from '../pictures/image-files.js';
import { folderOf, hiddenFolder, isDocumentation, isLitter } from '../paths.js';
import { HEAD_BYTES, type Given } from './types.js';

const LOOKED_AT_ONCE = 16;
/** For files whose reads are gathered into few large ones: enough calls to fill several of those. */
const GATHERED_AT_ONCE = 512;

/** Returns a function that reads a file's first bytes once and keeps them for all readers. */
function headReader(): (file: ByteSource) => Promise<Uint8Array<ArrayBuffer>> {
  const heads = new WeakMap<ByteSource, Promise<Uint8Array<ArrayBuffer>>>();
  return (file) => {
    const known = heads.get(file);
    if (known) return known;
    const head = file.read(0, Math.min(HEAD_BYTES, file.size));
    heads.set(file, head);
    return head;
  };
}

/**
 * Separates pictures in hidden folders. They are kept where there are no others, and where the hidden folder looks like the class folders
 * beside it (`.net` beside `java`). Any other hidden folder is a tool's, and is left out.
 */
function withoutHidden(pictures: readonly ByteSource[]): { pictures: ByteSource[]; hidden: SkippedFile[] } {
  const folders = new Map<string, ByteSource[]>();
  const visible: ByteSource[] = [];
  for (const file of pictures) {
    const folder = hiddenFolder(file.name);
    if (folder === null) visible.push(file);
    else {
      const files = folders.get(folder);
      if (files) files.push(file);
      else folders.set(folder, [file]);
    }
  }
  if (visible.length === 0) return { pictures: [...pictures], hidden: [] };
  const direct = new Set(visible.map(({ name }) => folderOf(name)));
  const hidden: SkippedFile[] = [];
  for (const [folder, files] of folders) {
    const above = folderOf(folder);
    const alike = [...direct].some((each) => each !== above && folderOf(each) === above);
    if (alike && files.some(({ name }) => folderOf(name) === folder)) visible.push(...files);
    else hidden.push({ name: folder, reason: `is a hidden folder (${files.length} pictures)` });
  }
  return { pictures: visible, hidden };
}

type Kind = 'picture' | 'other' | { readonly reason: string; readonly lost: boolean };

async function kindOf(file: ByteSource, head: Given['head']): Promise<Kind> {
  if (!isImageName(file.name) && isDocumentation(file.name)) return 'other';
  try {
    const bytes = await head(file);
    if (imageFormat(bytes) !== null) return 'picture';
    const reason = unreadablePicture(bytes, file.name);
    return reason === null ? 'other' : { reason, lost: false };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'cannot be read';
    return { reason: message.startsWith(`${file.name}: `) ? message.slice(file.name.length + 2) : message, lost: true };
  }
}

/**
 * Sorts files into pictures and others by their first bytes. Unreadable pictures are found before anything trains.
 *
 * @param files with archives already opened; a name is the path from the top.
 */
export async function lookAt(files: readonly ByteSource[], name: string): Promise<{ given: Given; skipped: SkippedFile[] }> {
  const wanted = files.filter((file) => !isLitter(file.name));
  const head = headReader();
  const seen = new Map<ByteSource, Kind>();
  const look = async (file: ByteSource): Promise<void> => {
    seen.set(file, await kindOf(file, head));
  };
  await Promise.all([
    mapConcurrently(
      wanted.filter(({ gathered }) => gathered),
      GATHERED_AT_ONCE,
      look,
    ),
    mapConcurrently(
      wanted.filter(({ gathered }) => !gathered),
      LOOKED_AT_ONCE,
      look,
    ),
  ]);
  const pictures: ByteSource[] = [];
  const others: ByteSource[] = [];
  const unreadable = new Map<ByteSource, string>();
  const skipped: SkippedFile[] = [];
  for (const file of wanted) {
    const kind = seen.get(file) ?? 'other';
    if (kind === 'picture') pictures.push(file);
    else if (kind === 'other') others.push(file);
    else if (isImageName(file.name) || !kind.lost) unreadable.set(file, kind.reason);
    else skipped.push({ name: file.name, reason: kind.reason });
  }
  const { pictures: visible, hidden } = withoutHidden(pictures);
  return { given: { name, pictures: visible, unreadable, others, head }, skipped: [...skipped, ...hidden] };
}
