/** Names that were written in another encoding than UTF-8, without saying which. */

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodes(bytes: Uint8Array, decoder: TextDecoder): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The decoder of a label, or null where the platform has none of it. */
function decoderOf(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return null;
  }
}

/**
 * How much the pairs of bytes look like the encoding's everyday characters: kana and the kanji of JIS X 0208's first level, the
 * hanzi of GB 2312's first level; rare ones and half-width katakana speak against it.
 */
const PLAUSIBLE: Readonly<Record<string, (lead: number, trail: number) => number>> = {
  shift_jis: (lead) =>
    lead === 0x82 || lead === 0x83 || (lead >= 0x88 && lead <= 0x97) ? 2 : lead >= 0xa1 && lead <= 0xdf ? -3 : 0,
  gbk: (lead, trail) =>
    lead >= 0xb0 && lead <= 0xd7 && trail >= 0xa1 ? 2 : lead >= 0xa1 && lead <= 0xa9 && trail >= 0xa1 ? 1 : -1,
};

function plausibility(bytes: Uint8Array, label: string): number {
  const judge = PLAUSIBLE[label];
  if (!judge) return 0;
  let score = 0;
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) continue;
    score += judge(lead, bytes[at + 1] ?? 0);
    // Shift-JIS has single bytes above 0x80.
    if (!(label === 'shift_jis' && lead >= 0xa1 && lead <= 0xdf)) at++;
  }
  return score;
}

/**
 * Names that belong together, decoded alike: as UTF-8 where all of them are that, else by the likeliest of Shift-JIS and GBK, else
 * by `fallback`. What cannot be decoded keeps its bytes as Latin-1 would show them, so that names stay apart.
 */
export function decodeNames(names: readonly Uint8Array[], fallback: (bytes: Uint8Array) => string): string[] {
  const plain = names.map((bytes) => decodes(bytes, utf8));
  if (plain.every((name) => name !== null)) return plain;
  const strange = names.filter((_, i) => plain[i] === null);
  const able = Object.keys(PLAUSIBLE).flatMap((label) => {
    const decoder = decoderOf(label);
    if (!decoder || strange.some((bytes) => decodes(bytes, decoder) === null)) return [];
    return [{ decoder, score: strange.reduce((sum, bytes) => sum + plausibility(bytes, label), 0) }];
  });
  const [best] = able.sort((a, b) => b.score - a.score);
  const decoder = best && best.score > 0 ? best.decoder : null;
  return names.map((bytes, i) => plain[i] ?? (decoder ? decoder.decode(bytes) : fallback(bytes)));
}

/** Each byte as a character of its own, as Western European systems wrote it. */
export const western = (bytes: Uint8Array): string => new TextDecoder('windows-1252').decode(bytes);
