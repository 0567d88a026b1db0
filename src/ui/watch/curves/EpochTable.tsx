import type { RunRecord } from '../../../protocol/run.js';
import { percent } from '../../format.js';

/** A run's epochs in numbers. @param name where several runs have a table. */
export function EpochTable({ run, name }: { run: RunRecord; name: string | null }) {
  if (run.epochs.length === 0) return null;
  return (
    <details className="small">
      <summary>{name === null ? 'The numbers as a table' : `The numbers of ${name}`}</summary>
      <div className="table-scroll">
        <table className="data">
          <thead>
            <tr>
              <th>Epoch</th>
              <th className="right">Loss</th>
              <th className="right">Accuracy</th>
              <th className="right">Val. loss</th>
              <th className="right">Val. accuracy</th>
              <th className="right">img/s</th>
            </tr>
          </thead>
          <tbody>
            {run.epochs.map((epoch) => (
              <tr key={epoch.epoch}>
                <td>{epoch.epoch}</td>
                <td className="right">{epoch.trainLoss.toFixed(4)}</td>
                <td className="right">{percent(epoch.trainAccuracy)}</td>
                <td className="right">{epoch.validationLoss?.toFixed(4) ?? ''}</td>
                <td className="right">{epoch.validationAccuracy === null ? '' : percent(epoch.validationAccuracy)}</td>
                <td className="right">{epoch.imagesPerSecond.toFixed(0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
