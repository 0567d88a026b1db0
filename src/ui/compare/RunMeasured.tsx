import { proportionInterval } from '../../results/intervals.js';
import { balancedAccuracy, chanceAccuracy, isUnbalanced, macroF1 } from '../../results/scores.js';
import type { Evaluation, RunRecord } from '../../protocol/run.js';
import { obstacleToMeasure } from '../../store/facts.js';
import { hasWeights } from '../../store/run-lookup.js';
import { Button } from '../common/controls.js';
import { count, percent, perSecond } from '../format.js';
import { usePlayground } from '../playground.js';

/** The numbers that runs are compared by, and a way to have them again on this adapter while nothing else runs. */
export function RunMeasured({ run }: { run: RunRecord }) {
  const measureAgain = usePlayground((state) => state.measureAgain);
  const measuring = usePlayground((state) => state.measuringId);
  const busy = usePlayground((state) => state.busy);
  const obstacle = usePlayground((state) => obstacleToMeasure(state, run));
  const own = usePlayground((state) => state.runs[run.id] !== undefined);
  if (run.state !== 'finished') return null;
  const untested = obstacle !== null && run.pictures.train > 0 && run.pictures.test === 0;
  const { test } = run;
  const words = busy && busy.total > 0 ? `${busy.what}, ${busy.done} of ${busy.total}` : 'Measuring';
  return (
    <div className="spread measured small">
      {measuring === run.id ? (
        <span className="soft">{words}…</span>
      ) : test ? (
        <Scores test={test} adapter={test.adapter ?? run.adapter.name} />
      ) : (
        <span className="soft">{untested ? obstacle : 'The test part has not been measured.'}</span>
      )}
      {!untested && own && (
        <Button
          disabled={obstacle !== null || !hasWeights(run)}
          title={obstacle ?? 'Test accuracy and images per second again, on this adapter, while nothing else runs'}
          onClick={() => void measureAgain(run.id)}
        >
          {test ? 'Measure again' : 'Measure'}
        </Button>
      )}
    </div>
  );
}

/** Accuracy with its interval over the pictures and the chance line; where classes are unequal, what accuracy alone would hide. */
function Scores({ test, adapter }: { test: Evaluation; adapter: string }) {
  const { low, high } = proportionInterval(Math.round(test.accuracy * test.images), Math.max(1, test.images));
  const scores = test.confusion.length > 0;
  return (
    <span>
      Test <span className="strong number">{percent(test.accuracy)}</span> of {count(test.images)} pictures at{' '}
      <span className="strong number">{perSecond(test.imagesPerSecond)}</span>
      <span className="soft"> on {adapter}</span>
      <span className="soft measured-more">
        95 % interval over pictures {percent(low)} to {percent(high)}
        {scores && `; chance ${percent(chanceAccuracy(test.confusion))}`}
      </span>
      {scores && (
        <span className={isUnbalanced(test.confusion) ? 'measured-more' : 'soft measured-more'}>
          Balanced accuracy {percent(balancedAccuracy(test.confusion))}, macro F1 {percent(macroF1(test.confusion))}
          {isUnbalanced(test.confusion) && ': the classes are unequal, so read these'}
        </span>
      )}
    </span>
  );
}
