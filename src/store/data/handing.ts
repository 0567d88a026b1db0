/** Hands what was dropped or picked over to the worker. */
import type { Answer } from '../../protocol/answer.js';
import type { GivenFile } from '../../protocol/api.js';
import type { GetState, Services, SetState } from '../state.js';
import type { Dropped, FileLister } from '../state/intake.js';

/**
 * Files in one message: writing each into it takes up to half a millisecond, so that the page freezes for no more than a frame or two.
 */
const PORTION = 50;
/** Files between two reports of progress, which are then several in a second. */
const SAID_EVERY = 10 * PORTION;

/** All files of a drop, including those in the folders. */
export async function filesOf({ files, folders }: Dropped): Promise<File[]> {
  const found = files.map(({ file }) => file);
  const left = [...folders];
  for (let folder = left.shift(); folder; folder = left.shift()) {
    for await (const entry of folder.values()) {
      if (entry.kind === 'directory') left.push(entry);
      else found.push(await entry.getFile());
    }
  }
  return found;
}

/** Whether a file claims to be a picture, of any kind: the worker looks at its bytes. */
export const isPicture = ({ name, type }: File): boolean =>
  type.startsWith('image/') || /\.(jpe?g|jfif|png|apng|gif|webp|bmp|avif|hei[cf]|tiff?|jp2|jxl|psd|dcm)$/i.test(name);

/** How many files the worker was given, and its answer. */
interface Handed<T> {
  readonly count: number;
  readonly answer: Answer<T>;
}

/** Lists what was dropped; empty where that was cancelled, or fails, which is reported. */
export async function list(lister: FileLister, signal: AbortSignal, set: SetState, get: GetState): Promise<Dropped> {
  const found = (files: number): void => set({ busy: { what: `Listing the files: ${files}`, done: 0, total: 0 } });
  try {
    return await lister(found, signal);
  } catch {
    const message = 'The browser could not read what was dropped: pick the files instead.';
    if (!signal.aborted) get().report('intake', { code: 'file.unreadable', message });
    return { files: [], folders: [] };
  }
}

/**
 * Hands files and folders to the worker, many files in portions. Null where there are none, or where it was cancelled.
 *
 * @param give gets the last portion.
 */
export async function hand<T>(
  { files, folders }: Dropped,
  signal: AbortSignal,
  api: Services['api'],
  set: SetState,
  give: (rest: readonly GivenFile[]) => Promise<Answer<T>>,
): Promise<Handed<T> | null> {
  let count = files.length;
  for (const folder of folders) {
    const listed = await api.offerFolder(folder);
    if (!listed.ok) return { count, answer: listed };
    count += listed.value;
  }
  let at = 0;
  for (; files.length - at > PORTION && !signal.aborted; at += PORTION) {
    if (at % SAID_EVERY === 0) set({ busy: { what: 'Handing the files over', done: at, total: files.length } });
    await api.offer(files.slice(at, at + PORTION));
  }
  if (signal.aborted) await api.cancelGiving();
  return signal.aborted || count === 0 ? null : { count, answer: await give(files.slice(at)) };
}
