import { visibleRuns } from '../../store/slices/runs.js';
import { Button } from '../common/controls.js';
import { Problem } from '../common/Problem.js';
import { thenTo } from '../common/focus/kept-focus.js';
import { usePlayground, useStore } from '../playground.js';
import { obstacleToAdapt } from '../../store/obstacles.js';
import { LastResult } from './run/LastResult.js';
import { RunTime } from './run/RunTime.js';
import { TrainingProgress } from './run/TrainingProgress.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { Words } from '../common/Equation.js';

/** The id of the run's progress, which stands in the place of the button Adapt. */
const PROGRESS = 'progress';

/** The button Adapt with an estimate of the run; while a run trains, its progress and controls. */
export function RunPanel() {
  const training = usePlayground((state) => state.training);
  return (
    <div className="run-panel stack" data-training={training === 'idle' ? undefined : ''}>
      <Problem place="setup" />
      <Problem place="fit" />
      <Problem place="run" />
      {training === 'idle' ? (
        <Ready />
      ) : (
        <div className="run-training" id={PROGRESS} role="group" aria-label="Progress of the run" tabIndex={-1}>
          <TrainingProgress />
        </div>
      )}
    </div>
  );
}

function Ready() {
  const obstacle = usePlayground(obstacleToAdapt);
  const adapt = usePlayground((state) => state.adapt);
  const showColumn = usePlayground((state) => state.showColumn);
  return (
    <>
      <Interrupted />
      <LastResult />
      {obstacle === null ? (
        <RunTime />
      ) : (
        <p className="small faint run-words" id="adapt-obstacle">
          {obstacle}
        </p>
      )}
      <Button
        look="filled"
        {...thenTo(PROGRESS)}
        disabled={obstacle !== null}
        aria-describedby={obstacle === null ? undefined : 'adapt-obstacle'}
        onClick={() => {
          showColumn('watch');
          void adapt();
        }}
      >
        Adapt
      </Button>
    </>
  );
}

/** After a reload, offers to continue the newest unfinished run. */
function Interrupted() {
  const store = useStore();
  const runs = usePlayground((state) => state.runs);
  const deleting = usePlayground((state) => state.deleting);
  const sweeping = usePlayground((state) => state.sweeping !== 'idle');
  const elsewhere = usePlayground((state) => state.elsewhere);
  const [run] = visibleRuns({ runs, deleting }).filter(({ id }) => !elsewhere.includes(id));
  if (!run || sweeping || run.state === 'finished' || run.state === 'failed' || run.epochs.length === 0) return null;
  const verb = run.state === 'stopped' ? 'stopped' : 'interrupted';
  return (
    <div className="note spread" data-testid="interrupted">
      <p className="grow">
        <span className="strong">
          <Words text={nameOf(run)} />
        </span>{' '}
        was {verb} after epoch {run.epochs.length} of {run.configuration.epochs}.
      </p>
      <Button onClick={() => void store.getState().continueRun(run.id)}>Continue</Button>
    </div>
  );
}
