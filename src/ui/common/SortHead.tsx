interface SortHeadProps<K extends string> {
  readonly column: K;
  readonly label: string;
  readonly title: string;
  readonly className?: string;
  /** How the table is sorted now. */
  readonly sort: { readonly key: string; readonly descending: boolean };
  /** Whether the first press sorts in ascending order. */
  readonly upwards: boolean;
  readonly onSort: (sort: { readonly key: K; readonly descending: boolean }) => void;
}

/** A column's head. Pressing it sorts by the column; pressing again reverses the order. */
export function SortHead<K extends string>({ column, label, title, className, sort, upwards, onSort }: SortHeadProps<K>) {
  const chosen = sort.key === column;
  return (
    <th scope="col" className={className} aria-sort={chosen ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className="sort"
        title={title}
        onClick={() => onSort({ key: column, descending: chosen ? !sort.descending : !upwards })}
      >
        {label}
        <span aria-hidden className="sort-mark">
          {chosen ? (sort.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}
