import { useEffect, useMemo, useState } from 'react';
import { COMPARED, METHODS, methodUnit } from '../../vit/methods/index.js';
import { planSweep } from '../../store/sweep-plan.js';
import { Button, Field, Problem, Swatch } from '../common/controls.js';
import { METHOD_COLOURS } from '../../results/method-colours.js';
import { duration } from '../format.js';
import { usePlayground } from '../playground.js';
import type { SweepEntry } from '../../store/state/sweep.js';
import { dataInUse, modelInUse, occupied } from '../../store/facts.js';

const STATE_NAMES: Readonly<Record<SweepEntry['state'], string>> = {
  waiting: 'waiting',
  running: 'training',
  finished: 'done',
  skipped: 'skipped',
  failed: 'failed',
};

/** Methods, schedules and seeds to train one after the other with the rest of the set-up. */
export function SweepPanel() {
  const queue = usePlayground((state) => state.queue);
  return (
    <section className="section" aria-labelledby="sweep-heading">
      <details open={queue.length > 0 || undefined}>
        <summary id="sweep-heading" className="strong">
          Sweep
        </summary>
        <div className="stack details-body">
          <Builder />
          <Queue />
        </div>
      </details>
    </section>
  );
}

function Builder() {
  const configuration = usePlayground((state) => state.configuration);
  const enqueue = usePlayground((state) => state.enqueue);
  const estimateSweep = usePlayground((state) => state.estimateSweep);
  const model = usePlayground(modelInUse);
  const [methods, setMethods] = useState(COMPARED);
  const [schedules, setSchedules] = useState('low high');
  const [seeds, setSeeds] = useState('0');
  const [estimate, setEstimate] = useState<{ readonly key: string; readonly seconds: number | null } | null>(null);
  const architecture = model?.architecture;
  const plan = useMemo(
    () => planSweep(configuration, architecture, { methods, schedules, seeds }),
    [configuration, architecture, methods, schedules, seeds],
  );
  const planned = plan.configurations;
  const data = usePlayground((state) => dataInUse(state)?.fingerprint);
  const key = JSON.stringify([data, model?.fingerprint, planned]);
  useEffect(() => {
    if (!model || planned.length === 0) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      void estimateSweep(planned).then((seconds) => current && setEstimate({ key, seconds }));
    }, 400);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, model, planned, estimateSweep]);
  const seconds = estimate?.key === key ? estimate.seconds : null;
  return (
    <>
      <div className="chips" role="group" aria-label="Methods to sweep">
        {METHODS.map((method) => (
          <button
            key={method}
            type="button"
            className="chip"
            data-small=""
            aria-pressed={methods.includes(method)}
            onClick={() =>
              setMethods(
                methods.includes(method)
                  ? methods.filter((other) => other !== method)
                  : METHODS.filter((other) => other === method || methods.includes(other)),
              )
            }
          >
            <Swatch colour={METHOD_COLOURS[method]} />
            {methodUnit(method).label}
          </button>
        ))}
      </div>
      <Field
        label="Schedules"
        hint={plan.schedules ?? 'Separated by spaces; a list is one word: 16,16,8…'}
        wrong={plan.schedules !== null}
        wide
      >
        {(ids) => (
          <input
            id={ids.control}
            className="input"
            data-wide=""
            aria-describedby={ids.hint}
            aria-invalid={plan.schedules !== null}
            spellCheck={false}
            value={schedules}
            onChange={(event) => setSchedules(event.target.value)}
          />
        )}
      </Field>
      <Field label="Seeds" hint={plan.seeds ?? 'Such as 0 1 2 or 0-2.'} wrong={plan.seeds !== null}>
        {(ids) => (
          <input
            id={ids.control}
            className="input"
            aria-describedby={ids.hint}
            aria-invalid={plan.seeds !== null}
            value={seeds}
            onChange={(event) => setSeeds(event.target.value)}
          />
        )}
      </Field>
      <div className="spread">
        <span className="small soft" data-testid="sweep-estimate">
          {planned.length} {planned.length === 1 ? 'run' : 'runs'}
          {seconds !== null && ` · about ${duration(seconds)}`}
        </span>
        <Button icon="add" disabled={planned.length === 0} onClick={() => enqueue(planned)}>
          Add to the queue
        </Button>
      </div>
    </>
  );
}

function Queue() {
  const queue = usePlayground((state) => state.queue);
  const sweeping = usePlayground((state) => state.sweeping);
  const training = usePlayground(occupied);
  const phase = usePlayground((state) => state.training);
  const runSweep = usePlayground((state) => state.runSweep);
  const pauseSweep = usePlayground((state) => state.pauseSweep);
  const skip = usePlayground((state) => state.skip);
  const clear = usePlayground((state) => state.clearSweep);
  if (queue.length === 0) return null;
  const done = queue.filter((entry) => entry.state !== 'waiting' && entry.state !== 'running').length;
  const waiting = queue.some((entry) => entry.state === 'waiting');
  return (
    <div className="stack">
      <Problem place="sweep" />
      <div className="spread">
        <span className="small">
          {done} of {queue.length} done
        </span>
        <span className="line">
          {sweeping === 'running' ? (
            <Button icon="pause" disabled={phase !== 'running'} onClick={() => void pauseSweep()}>
              Pause sweep
            </Button>
          ) : (
            <Button icon="play" disabled={sweeping === 'idle' && (training || !waiting)} onClick={() => void runSweep()}>
              {sweeping === 'paused' ? 'Resume sweep' : 'Run sweep'}
            </Button>
          )}
          <Button look="quiet" disabled={sweeping !== 'idle'} onClick={clear}>
            Clear
          </Button>
        </span>
      </div>
      <div
        className="progress"
        role="progressbar"
        aria-label="Sweep"
        aria-valuemin={0}
        aria-valuemax={queue.length}
        aria-valuenow={done}
      >
        <div style={{ transform: `scaleX(${done / queue.length})` }} />
      </div>
      <ul className="queue small">
        {queue.map((entry) => (
          <li key={entry.id} className="line" data-state={entry.state}>
            <Swatch colour={METHOD_COLOURS[entry.configuration.method]} />
            <span className="grow truncate" title={entry.message ?? entry.name}>
              {entry.name}
            </span>
            <span className="soft">
              {entry.state === 'running' && sweeping === 'paused' ? 'paused' : STATE_NAMES[entry.state]}
            </span>
            {(entry.state === 'waiting' || entry.state === 'running') && (
              <Button look="quiet" aria-label={`Skip ${entry.name}`} onClick={() => void skip(entry.id)}>
                Skip
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
