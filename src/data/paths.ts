import type { ByteSource } from '../containers/bytes.js';

/** The path with forward slashes, without `.` and empty segments. Null where it is absolute or leads out of its start. */
export function normalPath(path: string): string | null {
  const slashed = path.trim().replaceAll('\\', '/');
  if (slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed)) return null;
  const segments: string[] = [];
  for (const segment of slashed.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return null;
  }
  return segments.join('/');
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The name of a path's file without its extension. */
export const stemOf = (path: string): string => baseName(path).replace(/\.[^.]*$/, '');

/** The folder a path lies in, `` for the top. */
export const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

export const joinPath = (folder: string, path: string): string => (folder === '' ? path : `${folder}/${path}`);

/** The folder that all paths share, `` where they share none. */
export function commonFolder(paths: readonly string[]): string {
  const [first, ...others] = paths.map((path) => folderOf(path).split('/'));
  if (!first) return '';
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && same < other.length && other[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length).join('/');
}

/** Compares runs of digits by value and everything else by code unit, so that `img2` comes before `img10` on every machine. */
export function naturalOrder(a: string, b: string): number {
  const as = a.match(/\d+|\D+/g) ?? [];
  const bs = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(as.length, bs.length); i++) {
    const x = as[i] ?? '';
    const y = bs[i] ?? '';
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y) && Number(x) !== Number(y)) return Number(x) - Number(y);
    return x < y ? -1 : 1;
  }
  return as.length - bs.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Hidden folders that tools create; they contain no data. */
const TOOLS =
  /^\.(git|svn|hg|ipynb_checkpoints|cache|caches|config|idea|vscode|venv|thumbnails?|thumbs|trash(es)?(-\d+)?|spotlight-v100|fseventsd|documentrevisions-v100|temporaryitems|appledouble|@__thumb|dropbox\.cache|stfolder|sync|dvc|huggingface|streamlit|picasaoriginals|tmp|temp|local|npm|conda|__afs\w*)$/i;

/** Names of files that file managers, viewers and downloads leave; `:` begins an alternate stream of a file that Windows wrote. */
const LEFT_BEHIND =
  /^(thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|_ds_store|icon\r|picasa\.ini|zbthumbnail\.info|pspbrwse\.jbf)$|[:\uf03a](zone\.identifier|encryptable|afp_\w+)(:\$data)?$/i;

/** Files that operating systems and archivers leave beside pictures. They are ignored without a message. */
export function isLitter(path: string): boolean {
  const segments = path.split('/');
  const base = segments.pop() ?? '';
  if (base.startsWith('.') || LEFT_BEHIND.test(base)) return true;
  return segments.some(
    (segment) =>
      /^(__MACOSX|@eaDir|@Recycle|#recycle|#snapshot|\$RECYCLE\.BIN|RECYCLER|System Volume Information|lost\+found|__pycache__)$/i.test(
        segment,
      ) || TOOLS.test(segment),
  );
}

/** The outermost hidden folder of a path, itself a path; null where none is hidden. */
export function hiddenFolder(path: string): string | null {
  const at = /(^|\/)\.[^/]+(?=\/)/.exec(path);
  return at === null ? null : path.slice(0, at.index + at[0].length);
}

/** Whether a file explains a data set without being part of it. */
export function isDocumentation(path: string): boolean {
  const name = baseName(path);
  return (
    /^(licen[cs]e|copying|notice|readme|changelog|citation|authors|dataset_infos?|croissant)\b/i.test(name) ||
    /\.(md|rst|txt|html?|json|jsonl|ya?ml|xml|py|ipynb|m|csv|tsv|pbtxt|labels|cff|lock|sha256|md5)$/i.test(name)
  );
}

/** Finds files by the paths that lists contain: relative to the list's folder, relative to the top, or by a unique end of the path. */
export class PathIndex {
  readonly #byPath = new Map<string, ByteSource>();
  readonly #byName = new Map<string, ByteSource[]>();

  constructor(files: readonly ByteSource[]) {
    for (const file of files) {
      this.#byPath.set(file.name, file);
      const name = baseName(file.name);
      const alike = this.#byName.get(name);
      if (alike) alike.push(file);
      else this.#byName.set(name, [file]);
    }
  }

  find(path: string, folder: string): ByteSource | undefined {
    const direct = this.#byPath.get(joinPath(folder, path)) ?? this.#byPath.get(path);
    if (direct) return direct;
    const endings = (this.#byName.get(baseName(path)) ?? []).filter((file) => file.name.endsWith(`/${path}`));
    return endings.length === 1 ? endings[0] : undefined;
  }
}
