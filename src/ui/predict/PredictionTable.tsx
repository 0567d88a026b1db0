import { memo } from 'react';
import type { PredictedRow } from '../../protocol/predictions.js';
import type { PredictionSort } from '../../results/predictions/rows.js';
import { SortHead } from '../common/SortHead.js';
import { milliseconds, percent } from '../format.js';
import { PredictedPicture } from './PredictedPicture.js';
import { ConfidenceBar } from './PredictionCards.js';

/** The predictions as a table, which its columns sort. */
export function PredictionTable({
  rows,
  sort,
  onSort,
}: {
  rows: readonly PredictedRow[];
  sort: PredictionSort;
  onSort: (sort: PredictionSort) => void;
}) {
  return (
    <table className="data predictions" aria-label="The predicted class of each picture">
      <Head sort={sort} onSort={onSort} />
      <tbody>
        {rows.map((row) => (
          <Row key={row.index} row={row} />
        ))}
      </tbody>
    </table>
  );
}

/** What the pictures can be sorted by. */
export const COLUMNS = [
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

const Row = memo(function Row({ row }: { row: PredictedRow }) {
  return (
    <tr>
      <td>
        <span className="predicted-picture">
          <PredictedPicture row={row} />
          <span className="predicted-name" title={row.picture}>
            {row.picture}
          </span>
        </span>
      </td>
      <td className="strong predicted-name">{row.class}</td>
      <td className="right">
        <span className="number">{percent(row.confidence)}</span>
        <ConfidenceBar confidence={row.confidence} />
      </td>
      <td className="right number">{milliseconds(row.milliseconds)}</td>
    </tr>
  );
});
