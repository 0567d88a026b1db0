/** File formats that are not supported, each recognised by its bytes or its name, with advice on what to do instead. */
import { baseName } from '../paths.js';

/** As much of a file's beginning as {@link foreignForm} looks at: DICOM's mark stands at byte 128. */
export const FOREIGN_BYTES = 160;

export interface ForeignForm {
  /** What it is; continues `is`: `a 7z archive`. */
  readonly what: string;
  /** What to do; follows a semicolon: `unpack it, or pack it as a .zip or .tar`. */
  readonly instead: string;
  /** Whether files of this format are pictures, and so have a place in a class. */
  readonly picture?: true;
}

const REPACK = 'unpack it, or pack the pictures as a .zip or .tar';
const AS_FILES = 'write its pictures out as files, a folder for each class';
const AS_JPEG = 'convert it to JPEG, PNG or WebP';
/** What phones take; few programs say that they convert it. */
const HEIC_AS_JPEG =
  'convert it to JPEG (on a Mac: Quick Actions, Convert Image in Finder; in Windows: Save as in Photos), and let an iPhone take JPEG: Settings, Camera, Formats, Most Compatible';
const AS_TABLE = 'save it as a .csv in UTF-8';

const FRAMES = 'write the frames that are wanted as JPEG';

interface Rule extends ForeignForm {
  /** The bytes at its beginning, as Latin-1; any one of them matches. */
  readonly magic?: readonly string[];
  /** Offset of the magic bytes; 0 by default. */
  readonly at?: number;
  /** What its text begins with. */
  readonly text?: RegExp;
  /** Matches the file's name, for a format that its bytes do not tell. */
  readonly name?: RegExp;
  /** Matches names that state exactly this format on purpose. */
  readonly unless?: RegExp;
}

const ftyp = (...brands: string[]): Pick<Rule, 'magic' | 'at'> => ({ magic: brands.map((brand) => `ftyp${brand}`), at: 4 });

/** The first match counts. A name decides only for formats that have no magic bytes. */
const RULES: readonly Rule[] = [
  { what: 'a 7z archive', instead: REPACK, magic: ['7z\xbc\xaf\x27\x1c'] },
  { what: 'a RAR archive', instead: REPACK, magic: ['Rar!\x1a\x07'] },
  { what: 'packed with xz', instead: REPACK, magic: ['\xfd7zXZ\0'] },
  { what: 'packed with Zstandard (zst)', instead: REPACK, magic: ['\x28\xb5\x2f\xfd'] },
  { what: 'packed with bzip2 (bz2)', instead: REPACK, text: /^BZh[1-9](1AY&SY|.rE8P)/ },
  { what: 'packed with LZ4', instead: REPACK, magic: ['\x04\x22\x4d\x18'] },
  { what: 'packed with lzip', instead: REPACK, magic: ['LZIP\x01'] },
  { what: 'packed with compress (.Z)', instead: REPACK, magic: ['\x1f\x9d', '\x1f\xa0'] },
  { what: 'an Apple disk image', instead: REPACK, name: /\.dmg$/i },
  {
    what: 'a part of a split archive',
    instead: 'join the parts and unpack them',
    name: /\.(z\d\d|(zip|7z|tar|rar)\.\d{3}|r\d\d)$/i,
  },
  { what: 'an HDF5 file', instead: AS_FILES, magic: ['\x89HDF\r\n\x1a\n'] },
  { what: 'a MATLAB file (.mat)', instead: `save its labels as a .csv, or ${AS_FILES}`, text: /^MATLAB \d/, name: /\.mat$/i },
  { what: 'a TFRecord file', instead: AS_FILES, name: /\.(tfrecords?|tfrec|array_record)(-\d+-of-\d+)?(\.gz)?$/i },
  { what: 'an LMDB database', instead: AS_FILES, name: /^(data|lock)\.mdb$|\.lmdb$/i },
  { what: 'an MXNet RecordIO file', instead: AS_FILES, magic: ['\x0a\x23\xd7\xce'] },
  { what: 'an SQLite database', instead: AS_FILES, magic: ['SQLite format 3\0'] },
  { what: 'a Python pickle', instead: 'save its arrays with numpy.savez, or a table as .csv', name: /\.(pkl|pickle)$/i },
  { what: 'a Turi Create SFrame', instead: AS_FILES, name: /^dir_archive\.ini$|\.sframe$/i },
  { what: 'an FFCV file', instead: AS_FILES, name: /\.beton$/i },
  { what: 'a Netpbm picture (PPM, PGM or PBM)', instead: AS_JPEG, text: /^P[1-7]\s+(#|\d|WIDTH)/, picture: true },
  { what: 'a DICOM picture', instead: AS_JPEG, magic: ['DICM'], at: 128, picture: true },
  {
    what: 'a HEIC picture',
    instead: HEIC_AS_JPEG,
    ...ftyp('heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1'),
    picture: true,
  },
  { what: 'a JPEG 2000 picture', instead: AS_JPEG, magic: ['\0\0\0\x0cjP  \r\n', '\xff\x4f\xff\x51'], picture: true },
  { what: 'a JPEG XL picture', instead: AS_JPEG, magic: ['\0\0\0\x0cJXL \r\n'], name: /\.jxl$/i, picture: true },
  { what: 'a Photoshop file', instead: AS_JPEG, magic: ['8BPS\0'], picture: true },
  { what: 'an OpenEXR picture', instead: AS_JPEG, magic: ['\x76\x2f\x31\x01'], picture: true },
  { what: 'a NIfTI volume', instead: `${AS_JPEG}, slice by slice`, name: /\.nii(\.gz)?$/i, picture: true },
  { what: 'a film', instead: FRAMES, ...ftyp('isom', 'iso2', 'mp4', 'avc1', 'M4V', 'qt  ') },
  { what: 'a film', instead: FRAMES, magic: ['\x1a\x45\xdf\xa3'] },
  { what: 'a PDF document', instead: AS_JPEG, magic: ['%PDF-'] },
  {
    what: 'a Git LFS pointer and not the file itself',
    instead: "get the files with 'git lfs pull'",
    text: /^version https:\/\/git-lfs\.github\.com\/spec\//,
  },
  {
    what: 'a web page (HTML) that was saved under this name',
    instead: 'download the file itself again',
    unless: /\.x?html?$/i,
    text: /^(\xef\xbb\xbf)?\s*(<!--[^]*?-->\s*)?<(!doctype\s+html|html|head|body)\b/i,
  },
  {
    what: "a server's answer (XML) and not the file itself",
    instead: 'download it again',
    text: /^\s*(<\?xml[^>]*>\s*)?<Error>/,
  },
  { what: 'a vector drawing (SVG)', instead: AS_JPEG, text: /^(\xef\xbb\xbf)?\s*(<\?xml[^]*?\?>\s*)?<svg\b/i, picture: true },
  { what: 'an Excel workbook of the old form (xls)', instead: AS_TABLE, name: /\.xls$/i },
  { what: 'a spreadsheet (xlsx)', instead: AS_TABLE, name: /\.(xlsx|xlsm|ods|numbers)$/i },
];

function fits({ magic, at = 0, text, name, unless }: Rule, head: string, base: string): boolean {
  if (unless?.test(base)) return false;
  if (magic?.some((bytes) => head.startsWith(bytes, at))) return true;
  return (text?.test(head) ?? false) || (name?.test(base) ?? false);
}

/**
 * The unsupported format of a file, from its first {@link FOREIGN_BYTES} bytes and its name; null where none is recognised.
 *
 * @param head may be empty, and then only the name is looked at; the path may be empty too.
 */
export function foreignForm(head: Uint8Array, path: string): ForeignForm | null {
  const text = String.fromCharCode(...head.subarray(0, FOREIGN_BYTES));
  const base = baseName(path);
  return RULES.find((rule) => fits(rule, text, base)) ?? null;
}

/** The sentence without the file's name: `is a 7z archive, which is not read here; unpack it, ...`. */
export const foreignReason = ({ what, instead }: ForeignForm): string => `is ${what}, which is not read here; ${instead}`;
