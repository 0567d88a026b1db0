import { tellingEnd, UNBROKEN } from './telling-end.js';

const NONE: readonly string[] = [];

/** A name that is shortened in its middle where there is no room for it. Its end stays, as much of it as tells it from `among`. */
export function Name({ name, among = NONE }: { name: string; among?: readonly string[] }) {
  const end = tellingEnd(name, among);
  if (name.length <= Math.max(UNBROKEN, end)) {
    return (
      <span className="whole" title={name}>
        {name}
      </span>
    );
  }
  // The style sheet draws the two parts; the text itself is in one piece, as a screen reader reads it.
  return (
    <span className="name" title={name} data-start={name.slice(0, -end)} data-end={name.slice(-end)}>
      <span className="visually-hidden">{name}</span>
    </span>
  );
}
