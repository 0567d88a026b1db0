import { visibleRuns } from '../../store/runs.js';
import { usePlayground } from '../playground.js';
import { FigurePanel } from './FigurePanel.js';
import { RunDetails } from './RunDetails.js';
import { RunTable } from './RunTable.js';

/** Right: accuracy against compression, the table of runs under it, and the chosen run in detail. */
export function CompareColumn() {
  const runs = usePlayground((state) => state.runs);
  const deleting = usePlayground((state) => state.deleting);
  const visible = visibleRuns({ runs, deleting });
  return (
    <>
      <FigurePanel runs={visible} />
      <RunTable runs={visible} />
      <RunDetails />
    </>
  );
}
