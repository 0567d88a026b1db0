import { useMemo } from 'react';
import { occupied } from '../../../store/facts.js';
import { queueTable, type QueueRow } from '../../../store/queue-rows.js';
import type { SweepEntry } from '../../../store/state/sweep.js';
import { methodUnit, reduces } from '../../../vit/methods/index.js';
import type { Configuration } from '../../../vit/configuration.js';
import { ProgressBar } from '../../common/BusyLine.js';
import { Button, Swatch } from '../../common/controls.js';
import { Problem } from '../../common/Problem.js';
import { Icon } from '../../common/Icon.js';
import { duration } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { differencesAmong } from '../run-labels.js';
import { SweepCell } from './SweepCell.js';
import { useSweepTime } from './use-sweep-time.js';
import { Words } from '../../common/Equation.js';
import { spoken } from '../../../vit/names/notation.js';
import { methodColour } from '../../styles/colours.js';

const isOver = ({ state }: SweepEntry): boolean => state !== 'waiting' && state !== 'running';

/** The queue and its progress: a row for each method and rate, a column for each seed. */
export function SweepQueue() {
  const queue = usePlayground((state) => state.queue);
  if (queue.length === 0) return <Problem place="sweep" />;
  const done = queue.filter(isOver).length;
  return (
    <div className="stack">
      <Problem place="sweep" />
      <QueueHead queue={queue} done={done} />
      <ProgressBar label="Sweep" part={done / queue.length} words={`${done} of ${queue.length}`} />
      <QueueCells queue={queue} />
      <Failures queue={queue} />
    </div>
  );
}

function QueueHead({ queue, done }: { queue: readonly SweepEntry[]; done: number }) {
  const sweeping = usePlayground((state) => state.sweeping);
  const training = usePlayground(occupied);
  const phase = usePlayground((state) => state.training);
  const runSweep = usePlayground((state) => state.runSweep);
  const pauseSweep = usePlayground((state) => state.pauseSweep);
  const clear = usePlayground((state) => state.clearSweep);
  return (
    <div className="spread wrap">
      <span className="small">
        {done} of {queue.length} done
        <TimeLeft queue={queue} />
      </span>
      <span className="line">
        {sweeping === 'running' ? (
          <Button icon="pause" disabled={phase !== 'running'} onClick={() => void pauseSweep()}>
            Pause sweep
          </Button>
        ) : (
          <Button
            icon="play"
            disabled={sweeping === 'idle' && (training || !queue.some((entry) => entry.state === 'waiting'))}
            onClick={() => void runSweep()}
          >
            {sweeping === 'paused' ? 'Resume sweep' : 'Run sweep'}
          </Button>
        )}
        <Button look="quiet" disabled={sweeping !== 'idle'} onClick={clear}>
          Clear
        </Button>
      </span>
    </div>
  );
}

/** The time left: estimated for waiting runs, measured for the training run. */
function TimeLeft({ queue }: { queue: readonly SweepEntry[] }) {
  const waiting = useMemo(
    () => queue.filter(({ state }) => state === 'waiting').map(({ configuration }) => configuration),
    [queue],
  );
  const later = useSweepTime(waiting);
  usePlayground((state) => state.seriesVersion);
  const running = usePlayground((state) => state.sweeping !== 'idle' && state.activeId !== null);
  const now = usePlayground((state) => (state.series?.runId === state.activeId ? state.series?.latest?.secondsLeft : undefined));
  const seconds = (waiting.length === 0 ? 0 : (later ?? NaN)) + (running ? (now ?? NaN) : 0);
  if (!Number.isFinite(seconds) || seconds === 0) return null;
  return <span className="soft"> · about {duration(seconds)} left</span>;
}

function nameOf({ method, schedule }: Configuration): string {
  const { label } = methodUnit(method);
  return reduces(method) ? `${label} ${schedule}` : label;
}

function QueueCells({ queue }: { queue: readonly SweepEntry[] }) {
  const { seeds, rows } = useMemo(() => queueTable(queue), [queue]);
  const differences = differencesAmong(rows.map(({ configuration }) => configuration));
  return (
    <div className="sweep-scroll" tabIndex={0} role="region" aria-label="Queued runs">
      <table className="data sweep small">
        <thead>
          <tr>
            <th scope="col">Run</th>
            {seeds.map((seed) => (
              <th key={seed} scope="col">
                seed {seed}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <QueueLine key={row.key} row={row} seeds={seeds} notes={differences(row.configuration).join(' · ')} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function QueueLine({ row, seeds, notes }: { row: QueueRow; seeds: readonly number[]; notes: string }) {
  const name = nameOf(row.configuration);
  return (
    <tr>
      <th scope="row">
        <span className="line">
          <Swatch colour={methodColour(row.configuration.method)} />
          <Words text={name} />
        </span>
        {notes !== '' && <span className="faint">{notes}</span>}
      </th>
      {seeds.map((seed) => {
        const entry = row.entries.get(seed);
        return <td key={seed}>{entry && <SweepCell entry={entry} name={spoken(`${name}, seed ${seed}`)} />}</td>;
      })}
    </tr>
  );
}

/** Why runs failed, each reason in full. */
function Failures({ queue }: { queue: readonly SweepEntry[] }) {
  const failed = queue.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return null;
  return (
    <ul className="small wrong">
      {failed.map(({ id, name, message }) => (
        <li key={id} className="line">
          <Icon name="close" />
          <span>
            <Words text={name} />: {message ?? 'it failed.'}
          </span>
        </li>
      ))}
    </ul>
  );
}
