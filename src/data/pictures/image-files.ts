import { PlaygroundError } from '../../vit/errors.js';
import { FOREIGN_BYTES, foreignForm, foreignReason } from './foreign-forms.js';

/** As much of a file's beginning as {@link imageFormat} needs. */
export const SNIFFED_BYTES = 32;

/** A larger picture would take 600 MB once decoded: it is a mistake or an attack. */
const MOST_MEGAPIXELS = 150;

const FORMATS = {
  jpeg: 'jpg',
  png: 'png',
  gif: 'gif',
  webp: 'webp',
  bmp: 'bmp',
  avif: 'avif',
  tiff: 'tiff',
} as const;
export type ImageFormat = keyof typeof FORMATS;

const IMAGE_NAME = /\.(jpe?g|jpe|jfif|png|apng|gif|webp|bmp|dib|avif|heic|heif|tiff?|p[bgpn]m|dcm|dicom|jp2|j2k|jxl|exr|psd)$/i;

/** Whether a file's name is a picture's, of a supported format or not. */
export const isImageName = (name: string): boolean => IMAGE_NAME.test(name);

export const extensionOf = (format: ImageFormat): string => FORMATS[format];

const text = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));

/** The picture format of a file, from its first {@link SNIFFED_BYTES} bytes; null where no host can decode it. */
export function imageFormat(head: Uint8Array): ImageFormat | null {
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'jpeg';
  if (text(head, 0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (/^GIF8[79]a/.test(text(head, 0, 6))) return 'gif';
  if (text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP') return 'webp';
  // The size of a bitmap's second header has only a few possible values.
  if (text(head, 0, 2) === 'BM' && [12, 40, 52, 56, 64, 108, 124].includes(head[14] ?? 0) && head[15] === 0) return 'bmp';
  if (/^(II\*\0|MM\0\*)/.test(text(head, 0, 4))) return 'tiff';
  if (text(head, 4, 8) === 'ftyp') {
    const brand = text(head, 8, 12);
    if (/^avi[fs]$/.test(brand)) return 'avif';
    if (/^(mif1|msf1)$/.test(brand) && text(head, 12, 32).includes('avif')) return 'avif';
  }
  return null;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Walks a JPEG's segments to the frame header: its size and number of colour components (4: CMYK). */
export function jpegFrame(bytes: Uint8Array): (Size & { readonly components: number }) | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9] ?? 0 };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** Width and height in pixels as the file states them, before rotation; null where the format does not state them simply. */
export function imageSize(bytes: Uint8Array): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) return null;
  switch (imageFormat(bytes)) {
    case 'jpeg':
      return jpegFrame(bytes);
    case 'png':
      return { width: view.getUint32(16), height: view.getUint32(20) };
    case 'gif':
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    case 'bmp':
      return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
    case 'webp': {
      // The extended format states the canvas size. The two simple formats have at most 16383 pixels a side, which every decoder can
      // handle.
      if (text(bytes, 12, 16) !== 'VP8X' || bytes.length < 30) return null;
      return { width: 1 + (view.getUint32(24, true) & 0xffffff), height: 1 + (view.getUint32(26, true) >>> 8) };
    }
    default:
      return null;
  }
}

/**
 * Whether a JPEG continues to its end mark. Segments are skipped by their lengths, so that a thumbnail's end mark does not count; within
 * the coded data a marker stands only where a segment or the end comes. Bytes that a camera appended are ignored.
 */
function jpegIsWhole(bytes: Uint8Array, view: DataView): boolean {
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) {
      at = bytes.indexOf(0xff, at);
      if (at < 0) return false;
      continue;
    }
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xd9) return true;
    // Stuffed bytes, restart markers and fill bytes have no length.
    if (marker === 0xff) at++;
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (at + 3 < bytes.length) at += 2 + view.getUint16(at + 2);
    else return false;
  }
  return false;
}

/** Whether a PNG's chunks continue to the one that ends it. */
function pngIsWhole(bytes: Uint8Array, view: DataView): boolean {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (text(bytes, at + 4, at + 8) === 'IEND') return true;
  }
  return false;
}

/** Whether a GIF's blocks go on until its trailer (GIF89a, appendix A): a colour table, extensions and pictures in sub-blocks. */
function gifIsWhole(bytes: Uint8Array): boolean {
  const table = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10] ?? 0);
  const skipBlocks = (): void => {
    while ((bytes[at] ?? 0) > 0) at += 1 + (bytes[at] ?? 0);
    at++;
  };
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === 0x3b) return true;
    if (block === 0x21) at += 2;
    else if (block === 0x2c) at += 11 + table(bytes[at + 9] ?? 0);
    // An unknown block after the last picture belongs to a camera or an editor; decoders skip it.
    else return true;
    skipBlocks();
  }
  return false;
}

/** Whether a bitmap has all its rows, each padded to 32-bit words. True for compressed ones, whose rows have no fixed length. */
function bitmapIsWhole(bytes: Uint8Array, view: DataView): boolean {
  const core = view.getUint32(14, true) === 12;
  if (bytes.length < 54 || (!core && view.getUint32(30, true) !== 0)) return bytes.length >= 26;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = core ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const bits = view.getUint16(core ? 24 : 28, true);
  return view.getUint32(10, true) + 4 * Math.ceil((width * bits) / 32) * height <= bytes.length;
}

/** Whether the file has all the bytes that its format declares; true for formats that declare none. */
function endsWhole(bytes: Uint8Array, format: ImageFormat): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'jpeg':
      return jpegIsWhole(bytes, view);
    case 'png':
      return pngIsWhole(bytes, view);
    case 'gif':
      return gifIsWhole(bytes);
    case 'webp':
      // RIFF: the length of what follows the first eight bytes.
      return bytes.length >= 12 && 8 + view.getUint32(4, true) <= bytes.length + 1;
    case 'bmp':
      return bitmapIsWhole(bytes, view);
    default:
      return true;
  }
}

/**
 * Refuses, before decoding, pictures that decoders treat differently: files that are no picture, truncated JPEG, PNG, GIF, WebP or BMP
 * files (one host would draw the rest grey, another refuses), and pictures of more than 150 megapixels.
 */
export function requireSoundImage(bytes: Uint8Array, name: string): void {
  const format = imageFormat(bytes.subarray(0, SNIFFED_BYTES));
  const broken = (why: string): PlaygroundError => new PlaygroundError('data.image', `${name}: ${why}`, { subject: name });
  if (format === null) throw broken(whyNoImage(bytes.subarray(0, FOREIGN_BYTES)));
  const size = imageSize(bytes);
  if (size && (size.width === 0 || size.height === 0)) throw broken(`its header says ${size.width} x ${size.height} pixels`);
  if (size && size.width * size.height > MOST_MEGAPIXELS * 1e6) {
    throw broken(`has ${size.width} x ${size.height} pixels, and at most ${MOST_MEGAPIXELS} megapixels are decoded`);
  }
  if (!endsWhole(bytes, format)) throw broken(`breaks off: this ${format.toUpperCase()} file has no end mark`);
}

/** Why a file that starts like this is not a supported picture, without its name. {@link FOREIGN_BYTES} bytes are enough for most. */
export function whyNoImage(head: Uint8Array): string {
  if (head.length === 0) return 'is empty';
  const foreign = foreignForm(head, '');
  if (foreign) return foreignReason(foreign);
  if (head.every((byte) => byte === 0))
    return 'is no picture that can be read: it begins with zeros only, as a broken download or disk leaves it';
  const printable = /^[\x20-\x7e\r\n\t]+$/.test(text(head, 0, 8));
  const shown = printable
    ? JSON.stringify(text(head, 0, 12))
    : `bytes ${Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
  return `is no picture that can be read: it begins with ${shown}`;
}

/**
 * Why a file that is a picture by its name or its bytes cannot be read here, without the file's name. Null where it is a supported picture,
 * or not a picture at all.
 *
 * @param head its first {@link FOREIGN_BYTES} bytes.
 */
export function unreadablePicture(head: Uint8Array, path: string): string | null {
  if (imageFormat(head) !== null) return null;
  const foreign = foreignForm(head, path);
  if (isImageName(path)) return foreign && head.length > 0 ? foreignReason(foreign) : whyNoImage(head);
  return foreign?.picture ? foreignReason(foreign) : null;
}
