import { tellingEnd, UNBROKEN } from './telling-end.js';

const NONE: readonly string[] = [];

/** A name that is shortened in its middle where there is no room for it. Its end stays, as much of it as tells it from `among`. */
export function Name({ name, among = NONE }: { name: string; among?: readonly string[] }) {
  const end = tellingEnd(name, among);
  if (name.length <= Math.max(UNBROKEN, end))
    return (
      <span className="name-whole" title={name}>
        {name}
      </span>
    );
  return (
    <span className="name" title={name}>
      <span className="name-start" aria-hidden>
        {name.slice(0, -end)}
      </span>
      <span className="name-end" aria-hidden>
        {name.slice(-end)}
      </span>
      <span className="visually-hidden">{name}</span>
    </span>
  );
}
