import { columnValue, type Column } from '../../../results/runs/run-table.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { methodUnit } from '../../../vit/methods/index.js';

export type SortKey = Column | 'method' | 'started';

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

function valueOf(run: RunRecord, key: SortKey): number | string {
  if (key === 'method') return methodUnit(run.configuration.method).label;
  if (key === 'started') return run.started;
  return columnValue(run, key) ?? -1;
}

/** Sorts starred runs first, then by the chosen column. */
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
