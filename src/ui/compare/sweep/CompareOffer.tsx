import { useMemo } from 'react';
import { modelInUse, occupied } from '../../../store/facts.js';
import { obstacleToAdapt } from '../../../store/obstacles.js';
import { COMPARISON, notYetRun, planSweep } from '../../../store/sweep-plan.js';
import { methodUnit, PROPOSED, TRAINING_FREE } from '../../../vit/methods/index.js';
import { Button } from '../../common/controls.js';
import { thenTo } from '../../common/focus/kept-focus.js';
import { counted, dataName, duration } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { SWEEP } from './SweepPanel.js';
import { useSweepTime } from './use-sweep-time.js';

/** Offers to train PYRA and ToMe for the figure, and says how many runs that takes and how long. */
export function CompareOffer() {
  const configuration = usePlayground((state) => state.configuration);
  const architecture = usePlayground((state) => modelInUse(state)?.architecture);
  const runs = usePlayground((state) => state.runs);
  const ready = usePlayground((state) => obstacleToAdapt(state) === null);
  const busy = usePlayground((state) => occupied(state) || state.sweeping !== 'idle');
  const compareMethods = usePlayground((state) => state.compareMethods);
  const missing = useMemo(
    () => notYetRun(planSweep(configuration, architecture, COMPARISON).configurations, Object.values(runs)),
    [configuration, architecture, runs],
  );
  const seconds = useSweepTime(busy ? NONE : missing);
  if (busy || missing.length === 0) return null;
  const { epochs, data } = configuration;
  return (
    <div className="compare-offer">
      <Button {...thenTo(SWEEP)} disabled={!ready} aria-describedby="compare-offer-words" onClick={() => void compareMethods()}>
        Compare {methodUnit(PROPOSED).label} with {methodUnit(TRAINING_FREE).label}
      </Button>
      <p className="small soft" id="compare-offer-words">
        Low and high, seeds 0, 1, 2, on {dataName(data)}: {counted(missing.length, 'run')} of {counted(epochs, 'epoch')},{' '}
        {seconds === null ? 'the time is known after one epoch on this machine' : `about ${duration(seconds)}`}. It can be paused,
        and continues after a reload.
      </p>
    </div>
  );
}

/** The same array in all renders, as {@link useSweepTime} requires. */
const NONE: readonly never[] = [];
