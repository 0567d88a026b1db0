import { createContext, useContext, useId, useMemo, useState, type ReactNode } from 'react';
import { Notation } from '../../common/Equation.js';
import { TERM_NAMES, TERMS, type TermName } from './terms.js';

interface Looking {
  /** Prefix of the ids of the symbols' descriptions. */
  readonly id: string;
  /** The symbol that is pointed at or focused. */
  readonly active: TermName | null;
  readonly look: (name: TermName | null) => void;
}

const LookingContext = createContext<Looking>({ id: '', active: null, look: () => undefined });

/** Inside, a symbol that is pointed at is highlighted wherever it occurs: in equations, at its number and in the figure. */
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

/** Makes an element highlight a symbol. A finger leaves at once after a touch, so only a mouse ends the highlight by leaving. */
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

/** A symbol in an equation, or with its number: `‖src‖ = 3.2`. */
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

/** A part of the figure that shows a symbol's value. */
export function Part({ name, children }: { name: TermName; children: ReactNode }) {
  return (
    <div className="term-part" {...usePointing(name)}>
      {children}
    </div>
  );
}

/** One or more equations. */
export function Formula({ small, children }: { small?: boolean; children: ReactNode }) {
  return <div className={`equation formula ${small ? 'small' : ''}`}>{children}</div>;
}

/** The numbers of an equation's symbols. */
export function Values({ children }: { children: ReactNode }) {
  return <div className="values small">{children}</div>;
}

/** The meaning of the highlighted symbol; without one, the step's explanation. */
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
