import { useMemo, useState } from 'react';
import { modelInUse } from '../../../store/facts.js';
import { planSweep } from '../../../store/sweep-plan.js';
import { COMPARED, METHODS, methodUnit, type Method } from '../../../vit/methods/index.js';
import { Button, Field, Swatch } from '../../common/controls.js';
import { counted, duration } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { useSweepTime } from './use-sweep-time.js';
import { Words } from '../../common/Equation.js';
import { methodColour } from '../../styles/colours.js';

/** Adds runs to the queue: each combination of methods, schedules and seeds, with the rest of the set-up. */
export function SweepBuilder() {
  const configuration = usePlayground((state) => state.configuration);
  const enqueue = usePlayground((state) => state.enqueue);
  const architecture = usePlayground((state) => modelInUse(state)?.architecture);
  const [methods, setMethods] = useState(COMPARED);
  const [schedules, setSchedules] = useState('low high');
  const [seeds, setSeeds] = useState('0-2');
  const plan = useMemo(
    () => planSweep(configuration, architecture, { methods, schedules, seeds }),
    [configuration, architecture, methods, schedules, seeds],
  );
  const seconds = useSweepTime(plan.configurations);
  const planned = plan.configurations.length;
  return (
    <>
      <Methods chosen={methods} onChange={setMethods} />
      <WordsField
        label="Schedules"
        hint="Separated by spaces: low, high, a number for all blocks, or a list with commas: 16,16,8…"
        value={schedules}
        refused={plan.schedules}
        onChange={setSchedules}
      />
      <WordsField label="Seeds" hint="Such as 0 1 2 or 0-2." value={seeds} refused={plan.seeds} onChange={setSeeds} />
      <div className="spread">
        <span className="small soft" data-testid="sweep-estimate">
          {counted(planned, 'run')}
          {seconds !== null && ` · about ${duration(seconds)}`}
        </span>
        <Button icon="add" disabled={planned === 0} onClick={() => enqueue(plan.configurations)}>
          Add to the queue
        </Button>
      </div>
    </>
  );
}

function Methods({ chosen, onChange }: { chosen: readonly Method[]; onChange: (methods: readonly Method[]) => void }) {
  const toggled = (method: Method): readonly Method[] =>
    METHODS.filter((other) => (other === method ? !chosen.includes(other) : chosen.includes(other)));
  return (
    <div className="chips" role="group" aria-label="Methods to sweep">
      {METHODS.map((method) => (
        <button
          key={method}
          type="button"
          className="chip"
          data-small=""
          aria-pressed={chosen.includes(method)}
          onClick={() => onChange(toggled(method))}
        >
          <Swatch colour={methodColour(method)} />
          <Words text={methodUnit(method).label} />
        </button>
      ))}
    </div>
  );
}

interface WordsFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  /** Why the text is not valid; null where it is. */
  readonly refused: string | null;
  readonly onChange: (text: string) => void;
}

function WordsField({ label, hint, value, refused, onChange }: WordsFieldProps) {
  return (
    <Field label={label} hint={refused ?? hint} wrong={refused !== null} wide>
      {(ids) => (
        <input
          id={ids.control}
          className="input"
          data-wide=""
          aria-describedby={ids.hint}
          aria-invalid={refused !== null}
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
