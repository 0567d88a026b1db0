import { useState } from 'react';
import { listed } from '../../../results/words/names.js';
import { columnSpread, columnValue, type Column } from '../../../results/runs/run-table.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { methodUnit } from '../../../vit/methods/index.js';
import { Swatch } from '../../common/controls.js';
import { counted } from '../../format.js';
import { formatColumn, formatDeviation } from './columns.js';
import { RunRow } from './RunRow.js';
import { Words } from '../../common/Equation.js';
import { methodColour } from '../../styles/colours.js';

interface FamilyRowProps {
  readonly runs: readonly RunRecord[];
  readonly columns: readonly Column[];
  notesOf(run: RunRecord): string;
}

/** Runs that differ only in their seed: mean and standard deviation in each column. Pressing it lists the runs. */
export function FamilyRow({ runs, columns, notesOf }: FamilyRowProps) {
  const [open, setOpen] = useState(false);
  const [first] = runs;
  if (!first) return null;
  const { label } = methodUnit(first.configuration.method);
  return (
    <>
      <tr className="family" data-testid="run-family">
        <td />
        <td className="run-name">
          <span className="line">
            <Swatch colour={methodColour(first.configuration.method)} />
            <button type="button" className="open-run" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? '▾' : '▸'} <Words text={label} />
            </button>
          </span>
          <span className="run-notes faint">{counted(runs.length, 'run')}</span>
        </td>
        {columns.map((column) => (
          <FamilyCell key={column} runs={runs} column={column} />
        ))}
        <td />
        <td />
      </tr>
      {open && runs.map((run) => <RunRow key={run.id} run={run} columns={columns} notes={notesOf(run)} />)}
    </>
  );
}

function FamilyCell({ runs, column }: { runs: readonly RunRecord[]; column: Column }) {
  if (column === 'seed') return <td className="right number">{listed(runs.map(({ configuration }) => configuration.seed))}</td>;
  const spread = columnSpread(runs, column);
  if (!spread) return <td className="right number run-schedule">{runs[0] ? (columnValue(runs[0], column) ?? '–') : '–'}</td>;
  const { mean, deviation, count } = spread;
  return (
    <td className="right number" title={count > 1 ? `mean and standard deviation over ${count} runs` : 'one run'}>
      {formatColumn(column, mean)}
      {deviation > 0 && <span className="deviation small soft"> ± {formatDeviation(column, deviation)}</span>}
    </td>
  );
}
