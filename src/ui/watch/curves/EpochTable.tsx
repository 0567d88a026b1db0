import type { RunRecord } from '../../../protocol/runs/run.js';
import { runLabel } from '../../compare/run-labels.js';
import { percent } from '../../format.js';
import { Words } from '../../common/Equation.js';

/** The numbers of the curves as tables, folded away. */
export function EpochTables({ runs }: { runs: readonly RunRecord[] }) {
  const begun = runs.filter(({ epochs }) => epochs.length > 0);
  if (begun.length === 0) return null;
  return (
    <details className="small">
      <summary>The numbers as a table</summary>
      {begun.map((run) => (
        <div key={run.id} className="table-scroll">
          {begun.length > 1 && (
            <p className="strong">
              <Words text={runLabel(run)} />
            </p>
          )}
          <EpochTable run={run} />
        </div>
      ))}
    </details>
  );
}

function EpochTable({ run }: { run: RunRecord }) {
  return (
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
  );
}
