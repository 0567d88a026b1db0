/**
 * The header of a numpy `.npy` file: the magic `\x93NUMPY`, a version, the header's length (u16 in version 1, u32 from version 2) and a
 * Python literal `{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}`; then the elements.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

/** numpy's own cap for headers it did not write itself. */
export const LONGEST_NPY_HEADER = 10_000;

/** As much of a file as holds its header. */
export const NPY_HEAD = 12 + LONGEST_NPY_HEADER;

export interface NpyHeader {
  /** numpy's name of the elements' type, for example `|u1`. */
  readonly descr: string;
  /** Whether the first axis is the fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Of the first element, from the file's first byte. */
  readonly dataOffset: number;
}

/** Whether the bytes begin as a `.npy` file does. */
export const looksLikeNpy = (head: Uint8Array): boolean =>
  head[0] === 0x93 && new TextDecoder('latin1').decode(head.subarray(1, 6)) === 'NUMPY';

/**
 * Reads the header from a file's first {@link NPY_HEAD} bytes (or all, if it has fewer). Where it cannot be read, the result is a text that
 * says why, to stand behind the file's name.
 */
export function parseNpyHeader(start: Uint8Array): NpyHeader | string {
  if (!looksLikeNpy(start)) return "does not begin with numpy's magic bytes";
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const version = start[6] ?? 0;
  if (version < 1 || version > 3) return `has the version ${version}, and 1 to 3 are known`;
  const prefix = version === 1 ? 10 : 12;
  if (start.length < prefix) return 'ends within its header';
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_NPY_HEADER) return `declares a header of ${length} bytes, and at most ${LONGEST_NPY_HEADER} are allowed`;
  if (prefix + length > start.length) return 'ends within its header';
  const header = new TextDecoder().decode(start.subarray(prefix, prefix + length));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const axes = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header)?.[1];
  if (descr === undefined || fortran === undefined || axes === undefined)
    return "has a header that does not say 'descr', 'fortran_order' and 'shape' plainly";
  const shape = axes
    .split(',')
    .map((text) => text.trim().replace(/L$/, ''))
    .filter((text) => text !== '')
    .map(Number);
  return { descr, fortranOrder: fortran === 'True', shape, dataOffset: prefix + length };
}
