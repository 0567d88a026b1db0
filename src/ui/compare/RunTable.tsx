import { memo, useState } from 'react';
import type { RunRecord } from '../../protocol/run.js';
import { Button, Swatch } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { methodUnit } from '../../vit/methods/index.js';
import { METHOD_COLOURS } from '../../results/method-colours.js';
import { count, macs, percent } from '../format.js';
import { runState } from '../../store/facts.js';
import { usePlayground, useStore } from '../playground.js';
import { accuracyOf, speedOf } from '../../results/figure/points.js';
import { differencesAmong, isNamed, runLabel, scheduleLabel } from './run-labels.js';

type SortKey = 'method' | 'schedule' | 'seed' | 'accuracy' | 'macs' | 'speed' | 'trained' | 'started';

interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Words sort from their beginning, measurements from the best or the most. */
const WORDS: ReadonlySet<SortKey> = new Set(['method', 'schedule', 'seed']);

const COLUMNS: readonly { readonly key: SortKey; readonly label: string; readonly title: string }[] = [
  { key: 'schedule', label: 'Rate', title: 'Schedule: how many tokens merge in each block' },
  { key: 'seed', label: 'Seed', title: 'Seed of the run' },
  {
    key: 'accuracy',
    label: 'Acc.',
    title: 'Test accuracy; in grey, of the validation part: while a run trains, or where there is no test part',
  },
  { key: 'macs', label: 'Cost', title: 'Multiply-accumulates of one image’s forward' },
  { key: 'speed', label: 'img/s', title: 'Measured inference, images each second' },
  { key: 'trained', label: 'Trained', title: 'Weights that train' },
];

function valueOf(run: RunRecord, key: SortKey): number | string {
  switch (key) {
    case 'method':
      return methodUnit(run.configuration.method).label;
    case 'schedule':
      return scheduleLabel(run.configuration);
    case 'seed':
      return run.configuration.seed;
    case 'accuracy':
      return accuracyOf(run)?.value ?? -1;
    case 'macs':
      return run.macs;
    case 'speed':
      return speedOf(run) ?? -1;
    case 'trained':
      return run.trainedParameters;
    case 'started':
      return run.started;
  }
}

/** Starred runs first, then by the chosen column. */
export function sortRuns(runs: readonly RunRecord[], sort: Sort, starred: ReadonlySet<string>): RunRecord[] {
  const compare = (a: RunRecord, b: RunRecord): number => {
    const [left, right] = [valueOf(a, sort.key), valueOf(b, sort.key)];
    const order =
      typeof left === 'string' && typeof right === 'string'
        ? left.localeCompare(right, 'en', { numeric: true })
        : Number(left) - Number(right);
    return sort.descending ? -order : order;
  };
  return [...runs].sort((a, b) => Number(starred.has(b.id)) - Number(starred.has(a.id)) || compare(a, b));
}

export function RunTable({ runs }: { runs: readonly RunRecord[] }) {
  const [sort, setSort] = useState<Sort>({ key: 'started', descending: true });
  const starred = usePlayground((state) => state.starred);
  if (runs.length === 0) return <NoRuns />;
  const differences = differencesAmong(runs.map(({ configuration }) => configuration));
  const notesOf = (run: RunRecord): string =>
    [...(isNamed(run) ? [run.name] : []), ...differences(run.configuration)].join(' · ');
  return (
    <section className="section" aria-labelledby="runs-heading">
      <div className="section-head">
        <h2 id="runs-heading">Runs</h2>
        <button
          type="button"
          className="sort small soft"
          aria-pressed={sort.key === 'started'}
          onClick={() => setSort({ key: 'started', descending: true })}
        >
          {runs.length} · newest first
        </button>
      </div>
      <div className="runs-scroll" tabIndex={0} role="region" aria-label="Table of runs">
        <table className="data runs">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Star</span>
              </th>
              <SortHead column="method" label="Run" title="Method, and what else sets a run apart" sort={sort} onSort={setSort} />
              {COLUMNS.map(({ key, label, title }) => (
                <SortHead key={key} column={key} label={label} title={title} className="right" sort={sort} onSort={setSort} />
              ))}
              <th scope="col">
                <span className="visually-hidden">Delete</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sortRuns(runs, sort, starred).map((run) => (
              <Row key={run.id} run={run} notes={notesOf(run)} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface SortHeadProps {
  readonly column: SortKey;
  readonly label: string;
  readonly title: string;
  readonly className?: string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

/** A column's head: pressed it sorts by the column, pressed again the other way round. */
function SortHead({ column, label, title, className, sort, onSort }: SortHeadProps) {
  const chosen = sort.key === column;
  return (
    <th scope="col" className={className} aria-sort={chosen ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className="sort"
        title={title}
        onClick={() => onSort({ key: column, descending: chosen ? !sort.descending : !WORDS.has(column) })}
      >
        {label}
        <span aria-hidden className="sort-mark">
          {chosen ? (sort.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}

function NoRuns() {
  return (
    <section className="section" aria-labelledby="runs-heading">
      <div className="section-head">
        <h2 id="runs-heading">Runs</h2>
      </div>
      <p className="small faint">
        Each run gets a row here: accuracy, cost, measured speed, what trains. To compare methods at several rates in one go, add
        a sweep to the queue under Set up.
      </p>
    </section>
  );
}

/** @param notes its own name, and what the columns do not show of it. */
const Row = memo(function Row({ run, notes }: { run: RunRecord; notes: string }) {
  const selected = usePlayground((state) => state.selectedId === run.id);
  const hovered = usePlayground((state) => state.hoveredId === run.id);
  const starred = usePlayground((state) => state.starred.has(run.id));
  const active = usePlayground((state) => state.activeId === run.id);
  const elsewhere = usePlayground((state) => state.elsewhere.includes(run.id));
  // Actions never change, so they are read once: a row is drawn again only for what it shows.
  const { select, hover, star, remove } = useStore().getState();
  const accuracy = accuracyOf(run);
  const speed = speedOf(run);
  return (
    <tr
      data-selected={selected}
      data-hovered={hovered}
      data-testid="run-row"
      aria-selected={selected}
      onPointerEnter={() => hover(run.id)}
      onPointerLeave={() => hover(null)}
      onClick={(event) => event.target instanceof Element && !event.target.closest('button, input') && select(run.id)}
    >
      <td>
        <button
          type="button"
          className="star"
          aria-pressed={starred}
          aria-label={starred ? `Take the star from ${runLabel(run)}` : `Star ${runLabel(run)}`}
          onClick={() => star(run.id, !starred)}
        >
          <Icon name="star" filled={starred} />
        </button>
      </td>
      <NameCell run={run} notes={notes} />
      <td className="right number run-schedule" title={run.schedule.join(' ')}>
        {scheduleLabel(run.configuration)}
      </td>
      <td className="right number">{run.configuration.seed}</td>
      <td
        className={accuracy?.part === 'validation' ? 'right number soft' : 'right number'}
        title={accuracy ? `${accuracy.part} part` : undefined}
      >
        {accuracy ? percent(accuracy.value) : '–'}
      </td>
      <td className="right number">{macs(run.macs).replace('MACs', '')}</td>
      <td className="right number">{speed === null ? '–' : count(speed < 100 ? speed : Math.round(speed))}</td>
      <td className="right number">{count(run.trainedParameters)}</td>
      <td className="right">
        <Button
          look="icon"
          aria-label={`Delete ${runLabel(run)}: ${run.name}`}
          disabled={active || elsewhere}
          onClick={() => remove(run.id)}
        >
          <Icon name="trash" />
        </Button>
      </td>
    </tr>
  );
});

/** The method, the run's notes, and what it is doing. */
function NameCell({ run, notes }: { run: RunRecord; notes: string }) {
  const doing = usePlayground((state) => runState(state, run));
  const { select } = useStore().getState();
  const unfinished = run.state !== 'finished';
  return (
    <td className="run-name">
      <span className="line">
        <Swatch colour={METHOD_COLOURS[run.configuration.method]} />
        <button
          type="button"
          className="open-run"
          title={run.name}
          aria-label={`${runLabel(run)}: ${run.name}`}
          onClick={() => select(run.id)}
        >
          {methodUnit(run.configuration.method).label}
        </button>
      </span>
      {notes !== '' && <span className="run-notes faint">{notes}</span>}
      {unfinished && (
        <span className="run-notes soft">
          {doing}, epoch {run.epochs.length}/{run.configuration.epochs}
        </span>
      )}
    </td>
  );
}
