import { memo } from 'react';
import type { PredictedRow } from '../../protocol/predictions.js';
import { Name } from '../common/names/Name.js';
import { milliseconds, percent } from '../format.js';
import { PredictedPicture } from './PredictedPicture.js';

/** The predictions as a grid of pictures, each with its class, confidence and time under it. */
export function PredictionCards({ rows }: { rows: readonly PredictedRow[] }) {
  return (
    <ul className="prediction-cards" aria-label="The predicted class of each picture">
      {rows.map((row) => (
        <Card key={row.index} row={row} />
      ))}
    </ul>
  );
}

const Card = memo(function Card({ row }: { row: PredictedRow }) {
  return (
    <li className="prediction-card small">
      <PredictedPicture row={row} />
      <span className="spread">
        <span className="strong grow">
          <Name name={row.class} />
        </span>
        <span className="number">{percent(row.confidence)}</span>
      </span>
      <ConfidenceBar confidence={row.confidence} />
      <span className="spread faint">
        <span className="grow">
          <Name name={row.picture} />
        </span>
        <span className="number">{milliseconds(row.milliseconds)}</span>
      </span>
    </li>
  );
});

/** @param confidence from 0 to 1. */
export function ConfidenceBar({ confidence }: { confidence: number }) {
  return (
    <span className="confidence-bar" aria-hidden>
      <span style={{ width: `${confidence * 100}%` }} />
    </span>
  );
}
