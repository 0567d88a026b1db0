import { memo, useDeferredValue, useMemo } from 'react';
import { visibleRuns } from '../../store/slices/runs.js';
import { usePlayground } from '../playground.js';
import { FigurePanel } from './figure/FigurePanel.js';
import { RunDetails } from './RunDetails.js';
import { RunTable } from './runs/RunTable.js';
import { SweepPanel } from './sweep/SweepPanel.js';

const Figure = memo(FigurePanel);
const Table = memo(RunTable);

/** The right column: accuracy against compression, the sweep, the table of runs and the chosen run. */
export function CompareColumn() {
  const runs = usePlayground((state) => state.runs);
  const deleting = usePlayground((state) => state.deleting);
  // A run's record changes with every epoch: deferred, so that redrawing it never delays a click.
  const shown = useDeferredValue(useMemo(() => visibleRuns({ runs, deleting }), [runs, deleting]));
  const study = usePlayground((state) => state.study);
  const studyShown = usePlayground((state) => state.studyShown);
  // The person's own runs come first: the figure opens with the data set of the first run.
  const drawn = useMemo(() => (studyShown ? [...shown, ...Object.values(study)] : shown), [shown, study, studyShown]);
  return (
    <>
      <Figure runs={drawn} />
      <SweepPanel />
      <Table runs={shown} />
      <RunDetails />
    </>
  );
}
