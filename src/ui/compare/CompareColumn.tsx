import { memo, useDeferredValue, useMemo } from 'react';
import { visibleRuns } from '../../store/slices/runs.js';
import { usePlayground } from '../playground.js';
import { FigurePanel } from './figure/FigurePanel.js';
import { RunDetails } from './RunDetails.js';
import { RunTable } from './runs/RunTable.js';
import { SweepPanel } from './sweep/SweepPanel.js';

const Figure = memo(FigurePanel);
const Table = memo(RunTable);

/** Right: accuracy against compression, the sweep and the table of runs under it, and the chosen run in detail. */
export function CompareColumn() {
  const runs = usePlayground((state) => state.runs);
  const deleting = usePlayground((state) => state.deleting);
  // A run's record comes with every epoch: what is drawn of it may wait for a click.
  const shown = useDeferredValue(useMemo(() => visibleRuns({ runs, deleting }), [runs, deleting]));
  const study = usePlayground((state) => state.study);
  const studyShown = usePlayground((state) => state.studyShown);
  // A person's own come first: of two sets of runs on one task the figure opens with theirs.
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
