import { memo } from 'react';
import { accuracyOf } from '../../../results/figure/points.js';
import type { Column } from '../../../results/runs/run-table.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { runState } from '../../../store/facts.js';
import { weightsAtHand } from '../../../store/run-lookup.js';
import { methodUnit } from '../../../vit/methods/index.js';
import { Button, Swatch } from '../../common/controls.js';
import { Icon } from '../../common/Icon.js';
import { counted } from '../../format.js';
import { usePlayground, useStore } from '../../playground.js';
import { runLabel } from '../run-labels.js';
import { cellWords } from './columns.js';
import { nameOf } from '../../../protocol/runs/run-names.js';
import { Words } from '../../common/Equation.js';
import { spoken } from '../../../vit/names/notation.js';
import { methodColour } from '../../styles/colours.js';

/** A run in the table. @param notes its name if a person gave one, and differences that no column shows. */
export const RunRow = memo(function RunRow({
  run,
  columns,
  notes,
}: {
  run: RunRecord;
  columns: readonly Column[];
  notes: string;
}) {
  const selected = usePlayground((state) => state.selectedId === run.id);
  const hovered = usePlayground((state) => state.hoveredId === run.id);
  const asks = usePlayground((state) => weightsAtHand(state, run));
  // Actions never change. Read without subscribing, so that a row renders again only when what it shows changes.
  const { select, hover } = useStore().getState();
  return (
    <tr
      data-selected={selected}
      data-hovered={hovered}
      data-testid="run-row"
      data-asks={asks ? run.id : undefined}
      aria-selected={selected}
      onPointerEnter={() => hover(run.id)}
      onPointerLeave={() => hover(null)}
      onClick={(event) => event.target instanceof Element && !event.target.closest('button, input') && select(run.id)}
    >
      <StarCell run={run} />
      <NameCell run={run} notes={notes} />
      {columns.map((column) => (
        <ValueCell key={column} run={run} column={column} />
      ))}
      <CurvesCell run={run} />
      <DeleteCell run={run} />
    </tr>
  );
});

function ValueCell({ run, column }: { run: RunRecord; column: Column }) {
  if (column === 'schedule') {
    return (
      <td className="right number run-schedule" title={run.schedule.join(' ')}>
        {cellWords(run, column)}
      </td>
    );
  }
  const part = column === 'accuracy' ? accuracyOf(run)?.part : undefined;
  return (
    <td className={part === 'validation' ? 'right number soft' : 'right number'} title={part ? `${part} part` : undefined}>
      {cellWords(run, column)}
    </td>
  );
}

function StarCell({ run }: { run: RunRecord }) {
  const starred = usePlayground((state) => state.starred.has(run.id));
  const { star } = useStore().getState();
  return (
    <td>
      <button
        type="button"
        className="star"
        aria-pressed={starred}
        aria-label={starred ? `Take the star from ${spoken(runLabel(run))}` : `Star ${spoken(runLabel(run))}`}
        onClick={() => star(run.id, !starred)}
      >
        <Icon name="star" filled={starred} />
      </button>
    </td>
  );
}

function CurvesCell({ run }: { run: RunRecord }) {
  const over = usePlayground((state) => state.overlaid.includes(run.id));
  const { overlayRun } = useStore().getState();
  return (
    <td className="right">
      <input
        type="checkbox"
        className="checkbox"
        aria-label={`Keep the curves of ${spoken(runLabel(run))} beside the others`}
        disabled={run.epochs.length === 0 && !over}
        checked={over}
        onChange={(event) => overlayRun(run.id, event.target.checked)}
      />
    </td>
  );
}

function DeleteCell({ run }: { run: RunRecord }) {
  const kept = usePlayground((state) => state.activeId === run.id || state.elsewhere.includes(run.id));
  const { remove } = useStore().getState();
  return (
    <td className="right">
      <Button look="icon" aria-label={`Delete ${fullLabel(run)}`} disabled={kept} onClick={() => remove(run.id)}>
        <Icon name="trash" />
      </Button>
    </td>
  );
}

/** Whether a cell's words have one line, so that there is room under them. */
const isShort = (words: string): boolean => words.length <= 8;

/** For screen readers, which do not read the row's cells with it. */
const fullLabel = (run: RunRecord): string => spoken(`${runLabel(run)}: ${nameOf(run)}`);

/** The method, the run's notes, and its state. */
function NameCell({ run, notes }: { run: RunRecord; notes: string }) {
  const doing = usePlayground((state) => runState(state, run));
  const { select } = useStore().getState();
  return (
    <td className="run-name">
      <span className="line">
        <Swatch colour={methodColour(run.configuration.method)} />
        <button
          type="button"
          className="open-run"
          title={spoken(nameOf(run))}
          aria-label={fullLabel(run)}
          onClick={() => select(run.id)}
        >
          <Words text={methodUnit(run.configuration.method).label} />
        </button>
      </span>
      {notes !== '' && <span className="run-notes faint">{notes}</span>}
      {run.state !== 'finished' && (
        <span className={isShort(cellWords(run, 'schedule')) ? 'run-notes run-doing soft' : 'run-notes soft'}>
          {doing}, {run.epochs.length} of {counted(run.configuration.epochs, 'epoch')}
        </span>
      )}
    </td>
  );
}
