import { proportionInterval } from '../../results/intervals.js';
import { balancedAccuracy, chanceAccuracy, isUnbalanced, macroF1 } from '../../results/scores.js';
import type { Evaluation, RunRecord } from '../../protocol/runs/run.js';
import { obstacleToMeasure } from '../../store/facts.js';
import { weightsAtHand } from '../../store/run-lookup.js';
import { busyWords } from '../common/BusyLine.js';
import { Button } from '../common/controls.js';
import { counted, percent, perSecond } from '../format.js';
import { usePlayground } from '../playground.js';

/** The run's accuracy and speed, and a button that measures them again on this adapter while nothing else runs. */
export function RunMeasured({ run }: { run: RunRecord }) {
  const measureAgain = usePlayground((state) => state.measureAgain);
  const measuring = usePlayground((state) => state.measuringId);
  const busy = usePlayground((state) => state.busy);
  const obstacle = usePlayground((state) => obstacleToMeasure(state, run));
  const own = usePlayground((state) => state.runs[run.id] !== undefined);
  const here = usePlayground((state) => weightsAtHand(state, run));
  if (run.state !== 'finished') return <SoFar run={run} />;
  const untested = obstacle !== null && run.pictures.train > 0 && run.pictures.test === 0;
  const { test } = run;
  return (
    <div className="spread measured small">
      {measuring === run.id ? (
        <span className="soft">{busy ? busyWords(busy) : 'Measuring'}…</span>
      ) : test ? (
        <Scores part="Test" measured={test} adapter={test.adapter ?? run.adapter.name} />
      ) : (
        <span className="soft">{untested ? obstacle : 'The test part has not been measured.'}</span>
      )}
      {!untested && own && (
        <Button
          disabled={obstacle !== null || !here}
          title={obstacle ?? 'Measures test accuracy and images per second again, on this adapter'}
          onClick={() => void measureAgain(run.id)}
        >
          {test ? 'Measure again' : 'Measure'}
        </Button>
      )}
    </div>
  );
}

/** The results of a run that has not finished: only its validation part was measured. */
function SoFar({ run: { validation, adapter } }: { run: RunRecord }) {
  if (!validation || validation.images === 0) return null;
  return (
    <div className="measured small">
      <Scores part="Validation" measured={validation} adapter={validation.adapter ?? adapter.name} />
    </div>
  );
}

/** Accuracy with its interval over the pictures, and the accuracy of chance; for unbalanced classes also balanced accuracy and F1. */
function Scores({ part, measured, adapter }: { part: string; measured: Evaluation; adapter: string }) {
  const { accuracy, images, confusion, imagesPerSecond } = measured;
  const { low, high } = proportionInterval(Math.round(accuracy * images), Math.max(1, images));
  const scores = confusion.length > 0;
  return (
    <span>
      {part} <span className="strong number">{percent(accuracy)}</span> of {counted(images, 'picture')} at{' '}
      <span className="strong number">{perSecond(imagesPerSecond)}</span>
      <span className="soft"> on {adapter}</span>
      <span className="soft measured-more">
        95 % interval over pictures {percent(low)} to {percent(high)}
        {scores && `; chance ${percent(chanceAccuracy(confusion))}`}
      </span>
      {scores && (
        <span className={isUnbalanced(confusion) ? 'measured-more' : 'soft measured-more'}>
          Balanced accuracy {percent(balancedAccuracy(confusion))}, macro F1 {percent(macroF1(confusion))}
          {isUnbalanced(confusion) && ': the classes are unbalanced, so read these'}
        </span>
      )}
    </span>
  );
}
