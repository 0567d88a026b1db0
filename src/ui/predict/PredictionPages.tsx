import { useEffect, useMemo, useState } from 'react';
import type { PredictedRow } from '../../protocol/predictions.js';
import type { PredictionSort } from '../../results/predictions/rows.js';
import { Button, Choices, SelectField } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { usePlayground } from '../playground.js';
import { PredictionCards } from './PredictionCards.js';
import { COLUMNS, PredictionTable } from './PredictionTable.js';

/** Pictures on a page; only these are in the document. */
const PAGE = 60;

const FORMS = [
  { value: 'grid', label: 'Grid' },
  { value: 'table', label: 'Table' },
] as const;

/** The predictions in pages, as a grid or as a table. @param all the number of pictures before filtering. */
export function PredictionPages({
  rows,
  all,
  sort,
  onSort,
}: {
  rows: readonly PredictedRow[];
  all: number;
  sort: PredictionSort;
  onSort: (sort: PredictionSort) => void;
}) {
  const [form, setForm] = useState<(typeof FORMS)[number]['value']>('grid');
  const [page, setPage] = useState(0);
  const last = Math.max(0, Math.ceil(rows.length / PAGE) - 1);
  const at = Math.min(page, last);
  const shown = useMemo(() => rows.slice(at * PAGE, (at + 1) * PAGE), [rows, at]);
  useThumbnails(shown);
  if (rows.length === 0) return <p className="small faint">None of the {all} pictures is of that class and confidence.</p>;
  return (
    <>
      <div className="spread wrap">
        <Choices label="How the pictures are shown" value={form} choices={FORMS} onChange={setForm} small />
        {form === 'grid' && <SortBy sort={sort} onSort={onSort} />}
      </div>
      {form === 'grid' ? <PredictionCards rows={shown} /> : <PredictionTable rows={shown} sort={sort} onSort={onSort} />}
      <nav className="spread small" aria-label="Pages of predictions">
        <span className="soft number">
          {at * PAGE + 1}–{at * PAGE + shown.length} of {rows.length}
          {rows.length < all && `, ${all} in all`}
        </span>
        {last > 0 && (
          <span className="line">
            <Button look="quiet" icon="previous" disabled={at === 0} onClick={() => setPage(at - 1)}>
              Previous
            </Button>
            <Button look="quiet" disabled={at === last} onClick={() => setPage(at + 1)}>
              Next
            </Button>
          </span>
        )}
      </nav>
    </>
  );
}

/** Sorts the grid, as its columns sort the table. */
function SortBy({ sort: { key, descending }, onSort }: { sort: PredictionSort; onSort: (sort: PredictionSort) => void }) {
  const choices = COLUMNS.map(({ column, label }) => ({ value: column, label: `Sorted by ${label.toLowerCase()}` }));
  const sortBy = (chosen: PredictionSort['key']): void =>
    onSort({ key: chosen, descending: !COLUMNS.find(({ column }) => column === chosen)?.upwards });
  const words = descending ? 'Descending: press for ascending' : 'Ascending: press for descending';
  return (
    <span className="line">
      <SelectField label="Sort by" value={key} choices={choices} onChange={sortBy} />
      <Button look="icon" aria-label={words} title={words} onClick={() => onSort({ key, descending: !descending })}>
        <Icon name={descending ? 'down' : 'up'} />
      </Button>
    </span>
  );
}

/** Loads the thumbnails of the visible pictures when these change. */
function useThumbnails(rows: readonly PredictedRow[]): void {
  const load = usePlayground((state) => state.loadPredictedThumbnails);
  const key = rows.map(({ index }) => index).join();
  useEffect(() => {
    if (key !== '') void load(key.split(',').map(Number));
  }, [key, load]);
}
