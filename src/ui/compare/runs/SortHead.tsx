import { sortsUpwards } from './columns.js';
import type { Sort, SortKey } from './sort.js';

interface SortHeadProps {
  readonly column: SortKey;
  readonly label: string;
  readonly title: string;
  readonly className?: string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

/** A column's head: pressed it sorts by the column, pressed again the other way round. */
export function SortHead({ column, label, title, className, sort, onSort }: SortHeadProps) {
  const chosen = sort.key === column;
  return (
    <th scope="col" className={className} aria-sort={chosen ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className="sort"
        title={title}
        onClick={() => onSort({ key: column, descending: chosen ? !sort.descending : !sortsUpwards(column) })}
      >
        {label}
        <span aria-hidden className="sort-mark">
          {chosen ? (sort.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}
