/** Forms that are not read here, each known by its bytes or its name, and what to do instead. */
import { baseName } from './paths.js';

/** As much of a file's beginning as {@link foreignForm} looks at: DICOM's mark stands at byte 128. */
export const FOREIGN_BYTES = 160;

export interface ForeignForm {
  /** What it is, to go behind `is`: `a 7z archive`. */
  readonly what: string;
  /** What to do, to go behind a semicolon: `unpack it, or pack it as a .zip or .tar`. */
  readonly instead: string;
}

const REPACK = 'unpack it, or pack the pictures as a .zip or .tar';
const AS_FILES = 'write its pictures out as files, a folder for each class';
const AS_JPEG = 'convert it to JPEG, PNG or WebP';
const AS_TABLE = 'save it as a .csv in UTF-8';

const latin1 = new TextDecoder('latin1');

interface Rule extends ForeignForm {
  /** The first bytes, as Latin-1. */
  readonly magic?: RegExp;
  /** The file's name, where its bytes do not tell. */
  readonly name?: RegExp;
}

/** The first that fits counts. A name alone decides only where no bytes could. */
const RULES: readonly Rule[] = [
  { what: 'a 7z archive', instead: REPACK, magic: /^7z\xbc\xaf\x27\x1c/ },
  { what: 'a RAR archive', instead: REPACK, magic: /^Rar!\x1a\x07/ },
  { what: 'packed with xz', instead: REPACK, magic: /^\xfd7zXZ\0/ },
  { what: 'packed with Zstandard (zst)', instead: REPACK, magic: /^[\x22-\x28]\xb5\x2f\xfd/ },
  { what: 'packed with bzip2 (bz2)', instead: REPACK, magic: /^BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)/ },
  { what: 'packed with LZ4', instead: REPACK, magic: /^\x04\x22\x4d\x18/ },
  { what: 'packed with lzip', instead: REPACK, magic: /^LZIP\x01/ },
  { what: 'packed with compress (.Z)', instead: REPACK, magic: /^\x1f[\x9d\xa0]/ },
  { what: 'an Apple disk image', instead: REPACK, name: /\.dmg$/i },
  { what: 'a part of a split archive', instead: 'join the parts and unpack them', name: /\.(z\d\d|zip\.\d{3}|7z\.\d{3}|r\d\d)$/i },
  { what: 'an HDF5 file', instead: AS_FILES, magic: /^\x89HDF\r\n\x1a\n/ },
  { what: 'a MATLAB file (.mat)', instead: `save its labels as a .csv, or ${AS_FILES}`, magic: /^MATLAB \d/ },
  { what: 'a MATLAB file (.mat)', instead: `save its labels as a .csv, or ${AS_FILES}`, name: /\.mat$/i },
  { what: 'a TFRecord file', instead: AS_FILES, name: /\.tfrecords?(-\d+-of-\d+)?$/i },
  { what: 'a TFRecord file (array_record)', instead: AS_FILES, name: /\.array_record(-\d+-of-\d+)?$/i },
  { what: 'an LMDB database', instead: AS_FILES, name: /(^|\/)(data|lock)\.mdb$|\.lmdb$/i },
  { what: 'an MXNet RecordIO file', instead: AS_FILES, magic: /^\x0a\x23\xd7\xce/ },
  { what: 'an SQLite database', instead: AS_FILES, magic: /^SQLite format 3\0/ },
  { what: 'an FFCV file', instead: AS_FILES, name: /\.beton$/i },
  { what: 'a Netpbm picture (PPM, PGM or PBM)', instead: AS_JPEG, magic: /^P[1-7][\s#]/ },
  { what: 'a DICOM picture', instead: AS_JPEG, magic: /^[^]{128}DICM/ },
  { what: 'a HEIC picture', instead: AS_JPEG, magic: /^[^]{4}ftyp(hei[cxms]|hev[cxms])/ },
  { what: 'a JPEG 2000 picture', instead: AS_JPEG, magic: /^(\0\0\0\x0cjP {2}\r\n\x87\n|\xff\x4f\xff\x51)/ },
  { what: 'a JPEG XL picture', instead: AS_JPEG, magic: /^(\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n)/ },
  { what: 'a Photoshop file', instead: AS_JPEG, magic: /^8BPS\0/ },
  { what: 'an OpenEXR picture', instead: AS_JPEG, magic: /^\x76\x2f\x31\x01/ },
  { what: 'a NIfTI volume', instead: `${AS_JPEG}, slice by slice`, name: /\.nii(\.gz)?$/i },
  { what: 'a film', instead: 'write the frames that are wanted as JPEG', magic: /^([^]{4}ftyp(isom|mp4|avc|M4V|qt {2})|\x1a\x45\xdf\xa3|RIFF[^]{4}AVI )/ },
  { what: 'a PDF document', instead: AS_JPEG, magic: /^%PDF-/ },
  { what: 'a vector drawing (SVG)', instead: AS_JPEG, magic: /^\s*(<\?xml[^]*?)?<svg\b/i },
  {
    what: 'a Git LFS pointer and not the file itself',
    instead: "get the files with 'git lfs pull'",
    magic: /^version https:\/\/git-lfs\.github\.com\/spec\//,
  },
  {
    what: 'a web page (HTML) that was saved under this name',
    instead: 'download the file itself again',
    magic: /^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)\b/i,
  },
  { what: "a server's XML answer and not the file itself", instead: 'download it again', magic: /^\s*(<\?xml[^>]*>\s*)?<Error>/ },
  { what: 'an Excel workbook of the old form (xls)', instead: AS_TABLE, magic: /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/ },
  { what: 'a spreadsheet (xlsx)', instead: AS_TABLE, name: /\.(xlsx|xlsm|ods|numbers)$/i },
];

/**
 * What a file is that is not read here, from its first {@link FOREIGN_BYTES} bytes and its name; null where nothing is known of it.
 *
 * @param head may be empty, then the name alone is looked at.
 */
export function foreignForm(head: Uint8Array, path: string): ForeignForm | null {
  const text = latin1.decode(head.subarray(0, FOREIGN_BYTES));
  const name = baseName(path);
  const rule = RULES.find((each) => each.magic?.test(text) ?? each.name?.test(name));
  return rule ? { what: rule.what, instead: rule.instead } : null;
}

/** The sentence without the file's name: `is a 7z archive, which is not read here; unpack it, ...`. */
export const foreignReason = ({ what, instead }: ForeignForm): string => `is ${what}, which is not read here; ${instead}`;
