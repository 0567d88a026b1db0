import { cutBeside, spoken } from '../../../vit/names/notation.js';
import { Words } from '../Equation.js';
import { tellingEnd, UNBROKEN } from './telling-end.js';

const NONE: readonly string[] = [];

/** A name that is shortened in its middle where there is no room for it. Its end stays, as much of it as tells it from `among`. */
export function Name({ name, among = NONE }: { name: string; among?: readonly string[] }) {
  const end = tellingEnd(name, among);
  const said = spoken(name);
  if (name.length <= Math.max(UNBROKEN, end)) {
    return (
      <span className="whole" title={said}>
        <Words text={name} />
      </span>
    );
  }
  const cut = cutBeside(name, name.length - end);
  const [from, to] = [name.slice(0, cut), name.slice(cut)];
  // The text itself is in one piece, as a screen reader reads it and a person copies it. The style sheet draws the two parts, except
  // where it could not set their notation.
  return (
    <span className="name" title={said}>
      <span className="visually-hidden">{said}</span>
      {[from, to].map((part, at) => (
        <span key={at} className={at === 0 ? 'name-start' : 'name-end'} data-text={said === name ? part : ''} aria-hidden>
          {said !== name && <Words text={part} />}
        </span>
      ))}
    </span>
  );
}
