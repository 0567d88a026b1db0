import { memo, useEffect, useMemo, useState } from 'react';
import type { PredictedRow } from '../../protocol/predictions.js';
import type { PredictionSort } from '../../results/predictions/rows.js';
import { shownPredicted } from '../../store/facts.js';
import { Button } from '../common/controls.js';
import { Pixels } from '../common/Pixels.js';
import { SortHead } from '../common/SortHead.js';
import { milliseconds, percent } from '../format.js';
import { usePlayground } from '../playground.js';

/** Rows on a page of the table; only these are in the document. */
const PAGE = 50;

/** The predictions as a table in pages. @param all the number of rows before filtering. */
export function PredictionTable({
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
  const [page, setPage] = useState(0);
  const last = Math.max(0, Math.ceil(rows.length / PAGE) - 1);
  const at = Math.min(page, last);
  const shown = useMemo(() => rows.slice(at * PAGE, (at + 1) * PAGE), [rows, at]);
  useThumbnails(shown);
  if (rows.length === 0) return <p className="small faint">None of the {all} pictures is of that class and confidence.</p>;
  return (
    <>
      <table className="data predictions" aria-label="The predicted class of each picture">
        <Head sort={sort} onSort={onSort} />
        <tbody>
          {shown.map((row) => (
            <Row key={row.index} row={row} />
          ))}
        </tbody>
      </table>
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

const COLUMNS = [
  { column: 'picture', label: 'Picture', title: 'In the order of their paths', upwards: true },
  { column: 'class', label: 'Class', title: 'The most probable class', upwards: true },
  {
    column: 'confidence',
    label: 'Confidence',
    title: 'The probability of the class; the least certain come first',
    className: 'right',
    upwards: true,
  },
  {
    column: 'milliseconds',
    label: 'Time',
    title: 'Time of the forward of this picture alone, without reading and decoding',
    className: 'right',
    upwards: false,
  },
] as const;

function Head({ sort, onSort }: { sort: PredictionSort; onSort: (sort: PredictionSort) => void }) {
  return (
    <thead>
      <tr>
        {COLUMNS.map((column) => (
          <SortHead key={column.column} {...column} sort={sort} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

/** Loads the thumbnails of the visible rows when these change. */
function useThumbnails(rows: readonly PredictedRow[]): void {
  const load = usePlayground((state) => state.loadPredictedThumbnails);
  const key = rows.map(({ index }) => index).join();
  useEffect(() => {
    if (key !== '') void load(key.split(',').map(Number));
  }, [key, load]);
}

const Row = memo(function Row({ row }: { row: PredictedRow }) {
  const look = usePlayground((state) => state.lookAtPredicted);
  const thumbnail = usePlayground((state) => shownPredicted(state)?.thumbnails[row.index]);
  return (
    <tr>
      <td>
        <span className="predicted-picture">
          <button
            type="button"
            className="thumbnail"
            aria-label={`Show ${row.picture} on the map`}
            title="Shows on the map how this picture’s tokens merge"
            onClick={() => void look(row.index)}
          >
            {thumbnail?.pixels && <Pixels pixels={thumbnail.pixels} side={thumbnail.side} />}
          </button>
          <span className="predicted-name" title={row.picture}>
            {row.picture}
          </span>
        </span>
      </td>
      <td className="strong predicted-name">{row.class}</td>
      <td className="right">
        <span className="number">{percent(row.confidence)}</span>
        <span className="confidence-bar" aria-hidden>
          <span style={{ width: `${row.confidence * 100}%` }} />
        </span>
      </td>
      <td className="right number">{milliseconds(row.milliseconds)}</td>
    </tr>
  );
});
