import { flushSync } from 'react-dom';
import { proportionInterval } from '../../../results/intervals.js';
import { balancedAccuracy, chanceAccuracy, isUnbalanced } from '../../../results/scores.js';
import { counted, percent } from '../../format.js';
import { weightsAtHand } from '../../../store/run-lookup.js';
import { usePlayground } from '../../playground.js';
import { nameOf } from '../../../protocol/runs/run-names.js';
import { Words } from '../../common/Equation.js';

/** The selected run's accuracy with its interval and number of pictures, and the accuracy of chance. */
export function LastResult() {
  const run = usePlayground((state) => (state.selectedId === null ? undefined : state.runs[state.selectedId]));
  const here = usePlayground((state) => run !== undefined && weightsAtHand(state, run));
  const openPredict = usePlayground((state) => state.openPredict);
  const showColumn = usePlayground((state) => state.showColumn);
  const test = run?.test;
  if (!run || !test || test.images === 0) return null;
  const { low, high } = proportionInterval(Math.round(test.accuracy * test.images), test.images);
  const { confusion } = test;
  const showRun = (): void => {
    // At once, so that the button is in the document also where the columns are tabs.
    flushSync(() => showColumn('compare'));
    const button = document.querySelector<HTMLElement>('[data-export]');
    button?.scrollIntoView({ block: 'center' });
    button?.focus();
  };
  return (
    <div className="small" data-testid="last-result">
      <p>
        <span className="strong">
          <Words text={nameOf(run)} />
        </span>
        : test accuracy <span className="strong number">{percent(test.accuracy)}</span>{' '}
        <span className="soft">
          of {counted(test.images, 'picture')} (95 % interval {percent(low)} to {percent(high)}) · chance{' '}
          {percent(chanceAccuracy(confusion))}
        </span>
      </p>
      {isUnbalanced(confusion) && (
        <p>
          Balanced accuracy, since classes are unbalanced: <span className="strong">{percent(balancedAccuracy(confusion))}</span>
        </p>
      )}
      <p>
        <button type="button" id="open-predict-last" className="link" disabled={!here} onClick={() => openPredict(run.id)}>
          Predict other pictures with it
        </button>{' '}
        ·{' '}
        <button type="button" className="link" disabled={!here} onClick={showRun}>
          Export its weights
        </button>
      </p>
    </div>
  );
}
