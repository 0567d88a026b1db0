import { createContext, useContext, useId, useMemo, useState, type ReactNode } from 'react';
import { Notation } from '../../common/Equation.js';
import { TERM_NAMES, TERMS, type TermName } from './terms.js';

interface Looking {
  /** Begins the ids of the words that describe symbols. */
  readonly id: string;
  /** The symbol that is pointed at or has the focus. */
  readonly active: TermName | null;
  readonly look: (name: TermName | null) => void;
}

const LookingContext = createContext<Looking>({ id: '', active: null, look: () => undefined });

/** Within, a symbol that is pointed at stands out wherever it occurs: in an equation, at its number and in the figure. */
export function Terms({ children }: { children: ReactNode }) {
  const id = useId();
  const [active, look] = useState<TermName | null>(null);
  const looking = useMemo(() => ({ id, active, look }), [id, active]);
  return (
    <LookingContext value={looking}>
      {children}
      <div hidden>
        {TERM_NAMES.map((name) => (
          <span key={name} id={`${id}${name}`}>
            {TERMS[name].meaning}
          </span>
        ))}
      </div>
    </LookingContext>
  );
}

/** What makes an element lead to a symbol under the pointer. A finger leaves at once, so it leads until it touches something else. */
function usePointing(name: TermName) {
  const { active, look } = useContext(LookingContext);
  return {
    'data-active': active === name,
    onPointerEnter: () => look(name),
    onPointerLeave: (event: { pointerType: string }) => {
      if (event.pointerType === 'mouse') look(null);
    },
  };
}

/** A symbol where it stands in an equation, or with its number. */
export function Term({ name, value }: { name: TermName; value?: ReactNode }) {
  const { id, look } = useContext(LookingContext);
  return (
    <button
      type="button"
      className="term"
      aria-describedby={`${id}${name}`}
      onFocus={() => look(name)}
      onBlur={() => look(null)}
      {...usePointing(name)}
    >
      <Notation text={TERMS[name].symbol} />
      {value !== undefined && <span className="number"> = {value}</span>}
    </button>
  );
}

/** A part of a figure that shows what a symbol stands for. */
export function Part({ name, children }: { name: TermName; children: ReactNode }) {
  return (
    <div className="term-part" {...usePointing(name)}>
      {children}
    </div>
  );
}

/** Equations, one a line. */
export function Formula({ small, children }: { small?: boolean; children: ReactNode }) {
  return <div className={`equation formula ${small ? 'small' : ''}`}>{children}</div>;
}

/** Numbers under an equation. */
export function Values({ children }: { children: ReactNode }) {
  return <div className="values small">{children}</div>;
}

/** What the symbol that is looked at means; else the step's own words. */
export function Meaning({ children }: { children: ReactNode }) {
  const { active } = useContext(LookingContext);
  return (
    <div className="meaning small">
      {active ? (
        <p>
          <span className="strong">
            <Notation text={TERMS[active].symbol} />
          </span>
          : {TERMS[active].meaning}.
        </p>
      ) : (
        children
      )}
    </div>
  );
}
