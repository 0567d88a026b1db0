/**
 * Decodes names in archives and folders whose writers did not say their encoding. Old zips and tars hold the bytes of the writer's system:
 * Shift-JIS in Japan, GBK or Big5 in China, EUC-KR in Korea, a code page of one byte a letter in Europe.
 */
import { decodeByCodePage } from './code-pages.js';

type Encoding = 'shift_jis' | 'gbk' | 'big5' | 'euc-kr';

/** With fewer pairs of bytes than this, a Chinese text may consist of Korean syllables by chance. */
const KOREAN_PAIRS = 6;
/** The least share of everyday hanzi in names of GBK. */
const EVERYDAY_SHARE = 0.7;
/** The largest share of letters beyond ASCII in a Western name; East Asian names have more. */
const WESTERN_SHARE = 0.4;

function decode(bytes: Uint8Array, encoding: Encoding | 'utf-8'): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The runs of bytes beyond ASCII. */
function runs(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  let from = -1;
  for (let at = 0; at <= bytes.length; at++) {
    const high = at < bytes.length && (bytes[at] ?? 0) >= 0x80;
    if (high && from < 0) from = at;
    if (!high && from >= 0) {
      found.push(bytes.subarray(from, at));
      from = -1;
    }
  }
  return found;
}

/** GBK or EUC-KR, where all bytes beyond ASCII come in pairs from 0xA1 on; null where they do not. */
function pairedEncoding(names: readonly Uint8Array[]): Encoding | null {
  const pairs = new Set<number>();
  for (const run of names.flatMap(runs)) {
    if (run.length % 2 !== 0 || run.some((byte) => byte < 0xa1 || byte === 0xff)) return null;
    for (let at = 0; at < run.length; at += 2) pairs.add((run[at] ?? 0) * 256 + (run[at + 1] ?? 0));
  }
  // Everyday hanzi and all syllables of Korean; lowercase letters of Cyrillic and Greek code pages make rare hanzi.
  const everyday = [...pairs].filter((pair) => pair >= 0xa1a1 && pair <= 0xd7fe).length;
  if (everyday < EVERYDAY_SHARE * pairs.size) return null;
  const syllables = [...pairs].every((pair) => pair >= 0xb0a1 && pair <= 0xc8fe);
  return syllables && pairs.size >= KOREAN_PAIRS ? 'euc-kr' : 'gbk';
}

/** Whether all letters beyond ASCII are of a script that is written in the encoding. */
function isPlausible(names: readonly Uint8Array[], encoding: Encoding, letters: RegExp): boolean {
  const texts = names.map((name) => decode(name, encoding));
  if (texts.includes(null)) return false;
  // Letters of East Asia within words of ASCII, or one behind a letter: the bytes are rather accented letters.
  if (texts.filter((text) => /[a-z][^\0-\x7f]+[a-z]|[a-z][^\0-\x7f](?![^\0-\x7f])/i.test(text ?? '')).length > texts.length / 2)
    return false;
  const beyond = texts.join('').replace(/[\x20-\x7e]/g, '');
  return beyond !== '' && letters.test(beyond);
}

const isLetter = (byte: number): boolean => byte >= 0x80 || /[a-z]/i.test(String.fromCharCode(byte));
const count = (names: readonly Uint8Array[], counts: (byte: number) => boolean): number =>
  names.reduce((sum, name) => sum + name.filter(counts).length, 0);

/** The encoding that all names fit, by the letters that it makes of them; null where none does. */
function encodingOf(names: readonly Uint8Array[]): Encoding | null {
  const paired = pairedEncoding(names);
  if (paired !== null) return paired;
  if (
    isPlausible(
      names,
      'shift_jis',
      /^(?=.*[^\uff61-\uff9f])[\p{Script=Hiragana}\p{Script=Katakana}\u4e00-\u9fff々ー\uff66-\uff9f\uff01-\uff5e\u3000-\u3002・]+$/u,
    )
  )
    return 'shift_jis';
  if (count(names, (byte) => byte >= 0x80) < WESTERN_SHARE * count(names, isLetter)) return null;
  if (isPlausible(names, 'big5', /^[\u4e00-\u9fff\uff01-\uff5e]+$/u)) return 'big5';
  return isPlausible(names, 'gbk', /^[\u4e00-\u9fff\uff01-\uff5e]+$/u) ? 'gbk' : null;
}

/**
 * Decodes names that belong together in one encoding: UTF-8 where all of them are valid UTF-8, else the encoding that fits all names beyond
 * ASCII, since two bytes of another encoding may look like UTF-8. Where none fits, a code page of one byte a letter is taken,
 * for all names if most are no UTF-8, and `fallback` where no page fits either; it must keep different names different.
 */
export function decodeNames(names: readonly Uint8Array[], fallback: (bytes: Uint8Array) => string): string[] {
  const texts = names.map((name) => decode(name, 'utf-8'));
  if (!texts.includes(null)) return texts.map((text) => text ?? '');
  const encoding = encodingOf(names.filter((name) => name.some((byte) => byte >= 0x80)));
  if (encoding !== null) return names.map((name) => decode(name, encoding) ?? fallback(name));
  const beyond = names.flatMap((name, i) => (name.some((byte) => byte >= 0x80) ? [i] : []));
  const strange = beyond.filter((i) => texts[i] === null);
  // A few names of a code page are valid UTF-8 by chance.
  const chosen = strange.length > beyond.length / 2 ? beyond : strange;
  const decoded = decodeByCodePage(chosen.map((i) => names[i] ?? new Uint8Array())) ?? [];
  const found = new Map(chosen.map((i, at) => [i, decoded[at]]));
  return names.map((name, i) => found.get(i) ?? texts[i] ?? fallback(name));
}

/** Decodes each byte as a character, as Western European systems wrote names. */
export const western = (bytes: Uint8Array): string => new TextDecoder('windows-1252').decode(bytes);
