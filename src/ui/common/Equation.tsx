/** Splits the plain notation into superscripts and subscripts (`x^2`, `g_D`, `k_{src}`), names that are set in italics, and the rest. */
const PIECES = /([_^])(?:\{([^}]*)\}|(\w))|\b(src|dst|qkv|[A-Za-z])(?![A-Za-z])|./gsu;

interface Piece {
  readonly tag: 'sub' | 'sup' | 'i' | 'span';
  readonly text: string;
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const [whole, mark, long, short, name] of text.matchAll(PIECES)) {
    const last = pieces.at(-1);
    if (mark !== undefined) pieces.push({ tag: mark === '_' ? 'sub' : 'sup', text: long ?? short ?? '' });
    else if (name !== undefined) pieces.push({ tag: 'i', text: name });
    else if (last?.tag === 'span') pieces[pieces.length - 1] = { tag: 'span', text: last.text + whole };
    else pieces.push({ tag: 'span', text: whole });
  }
  return pieces;
}

/** One line of the plain notation, set in HTML. */
export function Notation({ text }: { text: string }) {
  return piecesOf(text).map(({ tag: Tag, text: piece }, at) => <Tag key={at}>{piece}</Tag>);
}

/** Equations in the plain notation, one in each line, set in HTML. */
export function Equations({ lines }: { lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <p className="equation">
      {lines.map((line, index) => (
        <span key={line}>
          {index > 0 && <br />}
          <Notation text={line} />
        </span>
      ))}
    </p>
  );
}
