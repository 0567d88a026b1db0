import { PlaygroundError } from '../../vit/errors.js';

/** The deepest nesting that a header or a configuration may have. */
const MAX_DEPTH = 64;
/**
 * The most keys of one object. A header of 100 MB could name a million empty tensors, which would take minutes to parse; no model has as
 * many.
 */
const MAX_KEYS = 100_000;

/**
 * Parses UTF-8 JSON and refuses what `JSON.parse` lets pass: bytes that are not UTF-8 and objects that name a key twice.
 * Throws `file.damaged` with a sentence that begins with `what`, for example `model.safetensors: its header`.
 */
export function parseJsonStrictly(bytes: Uint8Array<ArrayBuffer>, what: string, subject: string): unknown {
  const damaged = (why: string, cause?: unknown): PlaygroundError =>
    new PlaygroundError('file.damaged', `${what} ${why}`, { subject, ...(cause === undefined ? {} : { cause }) });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw damaged('is not UTF-8', cause);
  }
  const duplicate = scan(text);
  if (duplicate === 'too deep') throw damaged(`is nested more than ${MAX_DEPTH} deep`);
  if (duplicate === 'too many') throw damaged(`names more than ${MAX_KEYS} keys`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged('is no valid JSON', cause);
  }
  if (duplicate) throw damaged(`names the key ${duplicate.key} twice`);
  return value;
}

/**
 * Goes through the tokens once, before anything recursive does, and finds nesting that is too deep, objects that are too large, and the
 * first repeated key.
 */
function scan(text: string): 'too deep' | 'too many' | { readonly key: string } | undefined {
  const open: (Set<string> | null)[] = [];
  let duplicate: { key: string } | undefined;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : null);
      if (open.length > MAX_DEPTH) return 'too deep';
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const start = i++;
      while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
      const keys = open.at(-1);
      if (!keys || !isKey(text, i + 1)) continue;
      const key = text.slice(start, i + 1);
      // Two spellings may be the same key: "a" and "\u0061".
      const plain = key.includes('\\') ? unescape(key) : key;
      if (keys.has(plain)) duplicate ??= { key };
      keys.add(plain);
      if (keys.size > MAX_KEYS) return 'too many';
    }
  }
  return duplicate;
}

function isKey(text: string, from: number): boolean {
  let i = from;
  while (text[i] === ' ' || text[i] === '\t' || text[i] === '\n' || text[i] === '\r') i++;
  return text[i] === ':';
}

function unescape(literal: string): string {
  try {
    return JSON.stringify(JSON.parse(literal));
  } catch {
    return literal;
  }
}
