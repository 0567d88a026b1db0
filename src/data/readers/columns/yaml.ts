/**
 * Reads the part of YAML that the heads of data set cards use: nested maps and lists, plain and quoted text, lists and maps in brackets,
 * comments. Block texts are skipped; anchors, tags and several documents are not supported.
 */
export type Yaml = string | readonly Yaml[] | YamlMap;
export type YamlMap = ReadonlyMap<string, Yaml>;

interface Line {
  readonly indent: number;
  readonly text: string;
}

const uncommented = (text: string): string => {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '#' && (at === 0 || /\s/.test(text.charAt(at - 1)))) return text.slice(0, at).trimEnd();
  }
  return text.trimEnd();
};

function unquoted(text: string): string {
  const trimmed = text.trim();
  const inside = trimmed.slice(1, -1);
  if (trimmed.length >= 2 && trimmed.startsWith("'") && trimmed.endsWith("'")) return inside.replaceAll("''", "'");
  if (trimmed.length < 2 || !trimmed.startsWith('"') || !trimmed.endsWith('"')) return trimmed;
  try {
    const value: unknown = JSON.parse(trimmed);
    return typeof value === 'string' ? value : inside;
  } catch {
    return inside;
  }
}

/** Splits at commas outside quotes and brackets. */
function items(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let quote = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '[' || letter === '{') depth++;
    else if (letter === ']' || letter === '}') depth--;
    else if (letter === ',' && depth === 0) {
      found.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...found, text.slice(from)].map((item) => item.trim()).filter((item) => item !== '');
}

/** Splits `key: value`; null where the text has another form. The key may be quoted. */
function pairOf(text: string): readonly [string, string] | null {
  const match = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[{#-][^:#]*?|-?[^\s"'[{:#]+)\s*:(?:\s+(.*))?$/.exec(text);
  return match ? [unquoted(match[1] ?? ''), (match[2] ?? '').trim()] : null;
}

function scalar(text: string): Yaml {
  if (/^\[.*\]$/.test(text)) return items(text.slice(1, -1)).map(scalar);
  if (!/^\{.*\}$/.test(text)) return unquoted(text);
  return new Map(
    items(text.slice(1, -1)).flatMap((item) => {
      const pair = pairOf(item);
      return pair ? [[pair[0], scalar(pair[1])] as const] : [];
    }),
  );
}

class Parser {
  #at = 0;

  constructor(readonly lines: readonly Line[]) {}

  /** Parses the lines from here on with at least this indentation. */
  block(indent: number): Yaml {
    const first = this.lines[this.#at];
    if (!first || first.indent < indent) return '';
    return /^-(\s|$)/.test(first.text) ? this.#list(first.indent) : this.#map(first.indent);
  }

  #list(indent: number): Yaml {
    const found: Yaml[] = [];
    for (let line = this.lines[this.#at]; line?.indent === indent && /^-(\s|$)/.test(line.text); line = this.lines[this.#at]) {
      const rest = line.text.slice(1).trim();
      const inner = indent + line.text.length - line.text.slice(1).trimStart().length;
      if (rest === '') {
        this.#at++;
        found.push(this.block(indent + 1));
      } else if (pairOf(rest) && !/^[[{]/.test(rest)) {
        // A map begins on the line of the dash.
        found.push(this.#map(inner, { indent: inner, text: rest }));
      } else {
        this.#at++;
        found.push(scalar(rest));
      }
    }
    return found;
  }

  #map(indent: number, begun?: Line): Yaml {
    const found = new Map<string, Yaml>();
    for (let line = begun ?? this.lines[this.#at]; line?.indent === indent; line = this.lines[this.#at]) {
      const pair = pairOf(line.text);
      if (!pair) break;
      this.#at++;
      const [key, value] = pair;
      if (value !== '' && !/^[|>]/.test(value)) found.set(key, scalar(value));
      else if (value !== '') this.#skip(indent);
      else {
        const next = this.lines[this.#at];
        // A list may have the same indentation as its key.
        const listed = next?.indent === indent && /^-(\s|$)/.test(next.text);
        found.set(key, this.block(listed ? indent : indent + 1));
      }
    }
    if (found.size === 0) this.#at++;
    return found;
  }

  #skip(indent: number): void {
    while ((this.lines[this.#at]?.indent ?? -1) > indent) this.#at++;
  }
}

/** Parses a text; unsupported parts are left out. */
export function parseYaml(text: string): Yaml {
  const lines = text
    .split(/\r?\n/)
    .map(uncommented)
    .filter((line) => line.trim() !== '')
    .map((line): Line => ({ indent: line.length - line.trimStart().length, text: line.trim() }));
  return new Parser(lines).block(0);
}

/** The head of a card: the text between its first two lines of three dashes. */
export const cardHead = (text: string): string => /^\ufeff?\s*---\r?\n([^]*?)\r?\n---/.exec(text)?.[1] ?? '';
