import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { partOfFolders } from '../../parts.js';
import { baseName, folderOf, joinPath } from '../../paths.js';

const fold = (path: string): string => path.normalize('NFC').toLowerCase();

const withoutEnding = (path: string): string => path.replace(/\.[^./]{1,5}$/, '');

/** Eight hexadecimal digits before the name of an uploaded file. */
const UPLOADED = /(^|\/)[0-9a-f]{8}-(?=[^/]+$)/;

/** The segments of a path in a table. It may come from Windows or be a web address; the drive, the scheme and steps up are removed. */
function segmentsOf(written: string): string[] {
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(written.trim()) ?? [];
  const address = written.trim().slice(scheme.length);
  const plain = (scheme === '' ? address : decoded(address.replace(/[?#].*$/, ''))).replaceAll('\\', '/').replace(/^[a-z]:/i, '');
  const segments: string[] = [];
  for (const segment of plain.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  return segments;
}

/** A web address with its escapes (`%20`) resolved, or as it is where they are none. */
function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

const add = (map: Map<string, ByteSource[]>, key: string, file: ByteSource): void => {
  const there = map.get(key);
  if (there) there.push(file);
  else map.set(key, [file]);
};

/** The number of equal segments at the ends of two paths. */
function sameEnd(a: readonly string[], b: readonly string[]): number {
  let same = 0;
  while (same < a.length && same < b.length && a[a.length - 1 - same] === b[b.length - 1 - same]) same++;
  return same;
}

function sameStart(a: readonly string[], b: readonly string[]): number {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return same;
}

/**
 * Finds pictures by what tables write: a path from the table's folder or any above it, the end of a path on another machine, a bare name,
 * or a name without its extension, in any case and Unicode form. Of several that fit, the one with most equal segments at the end of the
 * path is taken, then the one of the right part, then the nearest to the table. Undefined where none fits, or where this does not decide.
 */
export class PictureIndex {
  readonly #byName = new Map<string, ByteSource[]>();
  readonly #byStem = new Map<string, ByteSource[]>();
  readonly #byNumber = new Map<string, ByteSource[]>();
  /** The number of all pictures. */
  readonly size: number;

  constructor(readonly files: readonly ByteSource[]) {
    this.size = files.length;
    for (const file of files) {
      const name = fold(baseName(file.name));
      add(this.#byName, name, file);
      const stem = withoutEnding(name);
      add(this.#byStem, stem, file);
      if (/^0\d+$/.test(stem)) add(this.#byNumber, stem.replace(/^0+(?=\d)/, ''), file);
    }
  }

  /** The number of pictures whose names are numbers with zeros in front. */
  get numbered(): number {
    return this.#byNumber.size;
  }

  /** The picture whose name is this number with zeros in front, which spreadsheets drop (`7` for `0007.png`); undefined if not one. */
  findNumber(written: string): ByteSource | undefined {
    const found = this.#byNumber.get(withoutEnding(written)) ?? [];
    return found.length === 1 ? found[0] : undefined;
  }

  /** The number of pictures that have this name, in whatever folder. */
  count(written: string): number {
    const base = fold(segmentsOf(written).at(-1) ?? '');
    return (this.#byName.get(base) ?? this.#byStem.get(base) ?? this.#byStem.get(withoutEnding(base)) ?? []).length;
  }

  /** @param folder the table's. @param part the part that the table's name gives. */
  find(written: string, folder: string, part: Part | null = null): ByteSource | undefined {
    const found = this.#find(written, folder, part);
    if (found) return found;
    // Escapes of a web address in a path without its scheme, and the digits that Label Studio puts before the name of an upload.
    const other = decoded(written).replace(UPLOADED, '$1');
    return other === written ? undefined : this.#find(other, folder, part);
  }

  #find(written: string, folder: string, part: Part | null): ByteSource | undefined {
    const segments = segmentsOf(written);
    const base = fold(segments.at(-1) ?? '');
    if (base === '') return undefined;
    const named = this.#byName.get(base);
    const whole = segments.map(fold);
    if (named) return choose(named, whole, folder, part, fold);
    // A name without its extension, or with another.
    const stem = this.#byStem.get(base) ?? this.#byStem.get(withoutEnding(base));
    if (!stem) return undefined;
    whole[whole.length - 1] = withoutEnding(base);
    const plain = this.#byStem.has(base) ? [...whole.slice(0, -1), base] : whole;
    return choose(stem, plain, folder, part, (path) => withoutEnding(fold(path)));
  }
}

function choose(
  files: readonly ByteSource[],
  wanted: readonly string[],
  folder: string,
  part: Part | null,
  key: (path: string) => string,
): ByteSource | undefined {
  const [only, second] = files;
  if (!second) return only;
  for (let from = folder; ; from = folderOf(from)) {
    const exact = files.filter((file) => key(file.name) === joinPath(fold(from), wanted.join('/')));
    if (exact.length === 1) return exact[0];
    if (from === '') break;
  }
  const home = fold(folder).split('/');
  const ranked = files
    .map((file) => {
      const segments = key(file.name).split('/');
      const agrees = part !== null && partOfFolders(folderOf(file.name)) === part;
      return { file, rank: [sameEnd(segments, wanted), agrees ? 1 : 0, folder === '' ? 0 : sameStart(segments, home)] };
    })
    .sort((a, b) => compare(b.rank, a.rank));
  const [best, next] = ranked;
  return best && next && compare(best.rank, next.rank) > 0 ? best.file : undefined;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
