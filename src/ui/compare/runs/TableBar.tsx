import { DropdownMenu } from 'radix-ui';
import { COLUMNS, type Column } from '../../../results/runs/run-table.js';
import { Button } from '../../common/controls.js';
import { Icon } from '../../common/Icon.js';
import { usePlayground } from '../../playground.js';
import { COLUMN_NAMES } from './columns.js';

interface TableBarProps {
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly grouped: boolean;
  readonly onGroup: (grouped: boolean) => void;
  readonly columns: readonly Column[];
}

/** Chooses the table's runs and columns, and whether seeds are grouped. */
export function TableBar({ filter, onFilter, grouped, onGroup, columns }: TableBarProps) {
  return (
    <div className="line wrap table-bar">
      <input
        className="input grow"
        data-wide=""
        type="search"
        aria-label="Filter runs"
        placeholder="Filter: pyra high, seed 1…"
        value={filter}
        onChange={(event) => onFilter(event.target.value)}
      />
      <button
        type="button"
        className="chip"
        data-small=""
        aria-pressed={grouped}
        title="One row for each method and rate: mean and standard deviation over its seeds"
        onClick={() => onGroup(!grouped)}
      >
        Group seeds
      </button>
      <ColumnsMenu columns={columns} />
    </div>
  );
}

function ColumnsMenu({ columns }: { columns: readonly Column[] }) {
  const chooseColumns = usePlayground((state) => state.chooseColumns);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="quiet">
          Columns
          <Icon name="down" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {COLUMNS.map((column) => (
            <DropdownMenu.CheckboxItem
              key={column}
              className="menu-item"
              checked={columns.includes(column)}
              onSelect={(event) => event.preventDefault()}
              onCheckedChange={(on) =>
                chooseColumns(COLUMNS.filter((other) => (other === column ? on : columns.includes(other))))
              }
            >
              <span className="line">
                <span aria-hidden className="check-mark">
                  {columns.includes(column) ? '✓' : ''}
                </span>
                {COLUMN_NAMES[column].label}
              </span>
              <span className="small faint">{COLUMN_NAMES[column].title}</span>
            </DropdownMenu.CheckboxItem>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
