import type { SkippedFile } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { baseName, commonFolder, folderOf } from '../paths.js';

/** Up to this many files are named one by one; more are named together. */
const MOST_NAMED = 5;

/**
 * Lists files that are left out for the same reason: each by name where they are few, otherwise their folder with their number.
 *
 * @param what a plural noun for the files.
 * @param reason continues a sentence that begins with the file's name: `lies in no class folder`.
 */
export function nameTogether(files: readonly ByteSource[], reason: string, what = 'pictures'): SkippedFile[] {
  if (files.length <= MOST_NAMED) return files.map(({ name }) => ({ name, reason }));
  const groups = new Map<string, ByteSource[]>();
  for (const file of files) {
    const folder = folderOf(file.name);
    const group = groups.get(folder);
    if (group) group.push(file);
    else groups.set(folder, [file]);
  }
  const together = groups.size > MOST_NAMED ? [[commonFolder(files.map(({ name }) => name)), files] as const] : [...groups];
  return together.flatMap(([folder, held]): SkippedFile[] => {
    if (held.length <= MOST_NAMED && groups.size === 1) return held.map(({ name }) => ({ name, reason }));
    const shown = held
      .slice(0, 3)
      .map(({ name }) => (folderOf(name) === folder ? baseName(name) : name))
      .join(', ');
    const more = held.length > 3 ? ` and ${held.length - 3} more` : '';
    const name = folder === '' ? (held[0]?.name ?? '') : folder;
    return [
      {
        name,
        reason: `${held.length === 1 ? `its one of these ${what}` : `each of its ${held.length} ${what}`} (${shown}${more}) ${reason}`,
      },
    ];
  });
}

/** Lists table rows that are left out for the same reason: the first few by name, then how many more. */
export function nameRows(
  rows: readonly { readonly name: string; readonly where: string }[],
  reason: (where: string) => string,
): SkippedFile[] {
  const shown = rows.length <= 2 * MOST_NAMED ? rows : rows.slice(0, MOST_NAMED);
  const named = shown.map(({ name, where }) => ({ name, reason: reason(where) }));
  const [next] = rows.slice(shown.length);
  if (!next) return named;
  return [...named, { name: next.name, reason: `and ${rows.length - shown.length - 1} more: ${reason(next.where)}` }];
}
