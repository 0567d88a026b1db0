import { useRef, type CSSProperties, type KeyboardEvent } from 'react';
import type { Part } from '../../protocol/maps.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { shownCell } from '../../store/facts.js';
import { Name } from '../common/names/Name.js';
import { usePlayground } from '../playground.js';

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export interface ConfusionProps {
  readonly run: RunRecord;
  readonly part: Part;
  /** Pictures by true class, then by predicted class. */
  readonly confusion: readonly (readonly number[])[];
}

/** How strongly a cell is coloured, for the style sheet. */
function shareStyle(share: number): CSSProperties & { '--share': string } {
  return { '--share': `${Math.round(share * 100)}%` };
}

/** Rows are true classes, columns predicted ones; a cell's shade is its share of the row. Pressing a cell opens its pictures. */
export function ConfusionMatrix({ run, part, confusion }: ConfusionProps) {
  const openCell = usePlayground((state) => state.openCell);
  const cell = usePlayground((state) => shownCell(state, run.id));
  const grid = useRef<HTMLTableElement>(null);
  const classes = run.classes;
  const numbers = classes.length <= 12;
  const move = (event: KeyboardEvent, row: number, column: number): void => {
    const step = MOVES[event.key];
    if (!step) return;
    event.preventDefault();
    grid.current?.querySelector<HTMLButtonElement>(`[data-cell="${row + step[0]}-${column + step[1]}"]`)?.focus();
  };
  return (
    <div className="confusion-scroll">
      <table
        ref={grid}
        className="confusion"
        aria-label={`Confusion matrix of the ${part} part; rows are true classes, columns predictions`}
      >
        <ClassHeads classes={classes} />
        <tbody>
          {classes.map((name, row) => {
            const total = confusion[row]?.reduce((sum, value) => sum + value, 0) ?? 0;
            return (
              <tr key={name}>
                <th scope="row">
                  <Name name={name} among={classes} />
                </th>
                {classes.map((predicted, column) => {
                  const value = confusion[row]?.[column] ?? 0;
                  const share = total > 0 ? value / total : 0;
                  const chosen = cell?.truth === row && cell.predicted === column;
                  return (
                    <td key={predicted}>
                      <Cell
                        {...{ row, column, share, chosen }}
                        words={`${value} of ${name} classified as ${predicted}`}
                        text={numbers && value > 0 ? String(value) : ''}
                        onKeyDown={(event) => move(event, row, column)}
                        onClick={() => void openCell(run.id, part, row, column)}
                      />
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function ClassHeads({ classes }: { classes: readonly string[] }) {
  return (
    <thead>
      <tr>
        <td className="small faint">true \ predicted</td>
        {classes.map((name) => (
          <th key={name} scope="col">
            <Name name={name} among={classes} />
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface CellProps {
  readonly row: number;
  readonly column: number;
  /** The cell's pictures over its row's, 0 to 1. */
  readonly share: number;
  readonly chosen: boolean;
  readonly words: string;
  readonly text: string;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onClick: () => void;
}

function Cell({ row, column, share, chosen, words, text, onKeyDown, onClick }: CellProps) {
  return (
    <button
      type="button"
      className="confusion-cell"
      data-cell={`${row}-${column}`}
      data-right={row === column}
      tabIndex={row === 0 && column === 0 ? 0 : -1}
      aria-pressed={chosen}
      aria-label={words}
      style={shareStyle(share)}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      {text}
    </button>
  );
}
