/** Guesses the single-byte code page of names: what Windows, DOS and Unix systems of Europe wrote before UTF-8. */

/** The letters of the bytes from 0x80 on in code pages of DOS, which browsers do not decode. */
const DOS = {
  cp850:
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\xad±‗¾¶§÷¸°¨·¹³²■\xa0',
  cp852:
    'ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\xad˝˛ˇ˘§÷¸°¨˙űŘř■\xa0',
  cp857:
    'ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞşáíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ�ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµ�×ÚÛÙìÿ¯´\xad±�¾¶§÷¸°¨·¹³²■\xa0',
  cp737:
    'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\xa0',
} as const;
type DosPage = keyof typeof DOS;

type CodePage =
  DosPage | 'windows-1252' | 'windows-1250' | 'windows-1251' | 'windows-1253' | 'windows-1254' | 'ibm866' | 'koi8-r';

/** Letters beyond ASCII by how often names of the languages of a code page have them, the commonest first. */
const WESTERN = 'éäüöáóíßñçãèàêåøõôâúæîûïëùòì';
const CENTRAL = 'áíéčóšžřýěúůäöüłąężśćńôőľťďňűßźășțâîşţđ';
const TURKISH = 'ıüşğöçİâî';
const RUSSIAN = 'оаеинтрсклвмпдуябзгыьчйжхцюшщфэёіїєґўъ';
const GREEK = 'αοιετσνηυρπκμλςωάίγόδχέύήθφβξζώψϊϋ';

interface Page {
  readonly name: CodePage;
  readonly letters: string;
  /** Whether nearly all letters of a word stand above 0x7f. */
  readonly ownScript: boolean;
}

/** In the order in which they are taken where several make letters equally common. */
const PAGES: readonly Page[] = [
  { name: 'windows-1252', letters: WESTERN, ownScript: false },
  { name: 'cp850', letters: WESTERN, ownScript: false },
  { name: 'windows-1254', letters: TURKISH, ownScript: false },
  { name: 'cp857', letters: TURKISH, ownScript: false },
  { name: 'windows-1250', letters: CENTRAL, ownScript: false },
  { name: 'cp852', letters: CENTRAL, ownScript: false },
  { name: 'ibm866', letters: RUSSIAN, ownScript: true },
  { name: 'windows-1251', letters: RUSSIAN, ownScript: true },
  { name: 'koi8-r', letters: RUSSIAN, ownScript: true },
  { name: 'windows-1253', letters: GREEK, ownScript: true },
  { name: 'cp737', letters: GREEK, ownScript: true },
];

/** Signs that names have beside words. */
const SIGNS = new Set("'’‘“”„«»–—°№…·\xa0");
/** The rank at which a letter counts nothing, and by how many ranks letters of other than Western languages are rarer. */
const RANKS = 60;
const RARER = 12;
/** The share of letters above 0x7f in words of which all letters stand there, but for a few in ASCII. */
const OWN_SHARE = 0.8;

function decode(bytes: Uint8Array, page: CodePage): string {
  if (!(page in DOS)) return new TextDecoder(page).decode(bytes);
  const table = DOS[page as DosPage];
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : table.charAt(byte - 0x80))).join('');
}

/** How well a character beyond ASCII fits at its place in a name: 1 for the commonest letter, negative for what no name has there. */
function fit(text: string, at: number, letters: string): number {
  const character = text.charAt(at);
  // A few letters, such as the Western è and the Czech č, have one byte in several pages: then the Western one is likelier.
  const first = letters === WESTERN ? 0 : RARER;
  const rank = letters.indexOf(character.toLowerCase());
  const before = text.charAt(at - 1);
  const inWord = /\p{L}/u.test(before) && /\p{L}/u.test(text.charAt(at + 1));
  if (rank < 0) return SIGNS.has(character) && !(inWord && !/['’]/.test(character)) ? -0.1 : -2;
  const odd = /\p{Lu}/u.test(character) && /\p{Ll}/u.test(before);
  return odd ? -1 : 1 - (first + rank) / RANKS;
}

const isAsciiLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

/** The share of letters above 0x7f in the words that have any. */
function highShare(names: readonly Uint8Array[]): number {
  let high = 0;
  let letters = 0;
  for (const name of names) {
    for (const word of new TextDecoder('latin1').decode(name).split(/[\0-@[-`{-\x7f]+/)) {
      const bytes = Uint8Array.from(word, (letter) => (letter.charCodeAt(0) > 0xff ? 0x80 : letter.charCodeAt(0)));
      const own = bytes.filter((byte) => byte >= 0x80).length;
      if (own === 0) continue;
      high += own;
      letters += own + bytes.filter(isAsciiLetter).length;
    }
  }
  return high / Math.max(1, letters);
}

/**
 * Decodes names that belong together by the code page whose letters they have most of. Null where no page makes letters of them.
 */
export function decodeByCodePage(names: readonly Uint8Array[]): string[] | null {
  const distinct = [...new Map(names.map((name) => [name.join(), name])).values()].slice(0, 2000);
  const own = highShare(distinct) >= OWN_SHARE;
  let best: { readonly page: CodePage; readonly score: number } | null = null;
  for (const { name: page, letters, ownScript } of PAGES) {
    if (ownScript !== own) continue;
    let score = 0;
    for (const bytes of distinct) {
      const text = decode(bytes, page);
      for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) score += fit(text, at, letters);
    }
    if (score > (best?.score ?? 0) + 1e-9) best = { page, score };
  }
  const found = best;
  return found && names.map((name) => decode(name, found.page));
}
