import { drawnPieces, shiftOf } from '../../results/words/set-words.js';
import { notationPieces, wordPieces, type Piece } from '../../vit/names/notation.js';
import { typeset } from '../../results/words/typeset.js';

/** A hair space before what stands below or above the line: a screen reader says `g D`, not `gD`. */
const HAIR = '\u200a';

const setPieces = (pieces: readonly Piece[]) =>
  pieces.map(({ tag: Tag, text }, at) => (Tag === 'span' ? text : <Tag key={at}>{Tag === 'sub' ? `${HAIR}${text}` : text}</Tag>));

/** One line of the plain notation, set in HTML. */
export const Notation = ({ text }: { text: string }) => setPieces(notationPieces(text));

/** Any text, in which methods' names are set as notation: one element, so that a row of elements does not tear a name apart. */
export function Words({ text }: { text: string }) {
  const pieces = wordPieces(text);
  return pieces.length > 1 ? <span>{setPieces(pieces)}</span> : text;
}

/** A sentence of the engine, such as a note or an error, with the page's own signs. */
export const Said = ({ text }: { text: string }) => <Words text={typeset(text)} />;

/** Any text as the inside of an SVG's `text`, in which methods' names are set as notation. */
export const SvgWords = ({ text }: { text: string }) =>
  drawnPieces(text).map((piece, at, all) => {
    const shift = shiftOf(piece, all[at - 1]);
    return (
      <tspan
        key={at}
        fontStyle={piece.italic ? 'italic' : undefined}
        fontSize={piece.size === 1 ? undefined : `${piece.size}em`}
        dy={shift === 0 ? undefined : `${shift.toFixed(2)}em`}
      >
        {piece.text}
      </tspan>
    );
  });

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
