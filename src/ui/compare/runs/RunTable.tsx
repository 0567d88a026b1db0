import { useMemo, useState } from 'react';
import { COLUMNS, familiesOf, filterRuns, FIRST_COLUMNS, type Column } from '../../../results/runs/run-table.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { SortHead } from '../../common/SortHead.js';
import { usePlayground } from '../../playground.js';
import { isNamed } from '../../../protocol/runs/run-names.js';
import { differencesAmong } from '../run-labels.js';
import { FamilyRow } from './FamilyRow.js';
import { RunRow } from './RunRow.js';
import { sortRuns, type Sort } from './sort.js';
import { TableBar } from './TableBar.js';
import { COLUMN_NAMES, sortsUpwards } from './columns.js';

/** The most characters of a person's notes that the table shows; all of them stand beside the chosen run. */
const NOTED = 160;
const beginning = (notes: string): string => (notes.length > NOTED ? `${notes.slice(0, NOTED - 1)}…` : notes);

/** The columns that a person chose, in the table's order. */
function useColumns(): readonly Column[] {
  const chosen = usePlayground((state) => state.tableColumns);
  // The same list while the choice is the same: the table is drawn with each batch of a run, and its rows only where one changed.
  return useMemo(() => (chosen === null ? FIRST_COLUMNS : COLUMNS.filter((column) => chosen.includes(column))), [chosen]);
}

/** The table of runs: every run, or grouped with mean and standard deviation over seeds. */
export function RunTable({ runs }: { runs: readonly RunRecord[] }) {
  const [sort, setSort] = useState<Sort>({ key: 'started', descending: true });
  const [filter, setFilter] = useState('');
  const [grouped, setGrouped] = useState(false);
  const columns = useColumns();
  const starred = usePlayground((state) => state.starred);
  if (runs.length === 0) return <NoRuns />;
  const differences = differencesAmong(runs.map(({ configuration }) => configuration));
  const notesOf = (run: RunRecord): string =>
    [...(isNamed(run) ? [run.name] : []), ...differences(run.configuration), ...(run.notes ? [beginning(run.notes)] : [])].join(
      ' · ',
    );
  const found = sortRuns(filterRuns(runs, filter), sort, starred);
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
      <TableBar filter={filter} onFilter={setFilter} grouped={grouped} onGroup={setGrouped} columns={columns} />
      <div className="runs-scroll" tabIndex={0} role="region" aria-label="Table of runs">
        <table className="data runs">
          <Head columns={columns} sort={sort} onSort={setSort} />
          <tbody>
            {grouped
              ? familiesOf(found).map(({ key, runs: own }) => (
                  <FamilyRow key={key} runs={own} columns={columns} notesOf={notesOf} />
                ))
              : found.map((run) => <RunRow key={run.id} run={run} columns={columns} notes={notesOf(run)} />)}
          </tbody>
        </table>
      </div>
      {found.length === 0 && <p className="small faint">No run contains all of these words.</p>}
    </section>
  );
}

function Head({ columns, sort, onSort }: { columns: readonly Column[]; sort: Sort; onSort: (sort: Sort) => void }) {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span className="visually-hidden">Star</span>
        </th>
        <SortHead
          column="method"
          label="Run"
          title="Method, and what else distinguishes the run"
          sort={sort}
          upwards={sortsUpwards('method')}
          onSort={onSort}
        />
        {columns.map((column) => (
          <SortHead
            key={column}
            column={column}
            {...COLUMN_NAMES[column]}
            className="right"
            sort={sort}
            upwards={sortsUpwards(column)}
            onSort={onSort}
          />
        ))}
        <th scope="col" className="right" title="Keeps a run’s curves beside those of the selected run">
          Curves
        </th>
        <th scope="col">
          <span className="visually-hidden">Delete</span>
        </th>
      </tr>
    </thead>
  );
}

function NoRuns() {
  return (
    <section className="section" aria-labelledby="runs-heading">
      <div className="section-head">
        <h2 id="runs-heading">Runs</h2>
      </div>
      <p className="small faint">
        Each run gets a row here: accuracy, cost, measured speed, what trains. A sweep trains several methods at several rates in
        one go.
      </p>
    </section>
  );
}
