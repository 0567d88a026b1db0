import type { RunRecord } from '../../protocol/runs/run.js';
import { obstacleToPredict } from '../../store/facts.js';
import { runById } from '../../store/run-lookup.js';
import { Button } from '../common/controls.js';
import { Problem } from '../common/Problem.js';
import { PickPictures } from '../intake/board/PickPictures.js';
import { useCamera } from '../intake/board/camera.js';
import { pickedFiles } from '../intake/files.js';
import { PickFolder } from '../intake/PickFolder.js';
import { counted } from '../format.js';
import { usePlayground } from '../playground.js';
import { Back } from '../screens/Back.js';
import { LiveCamera } from './LiveCamera.js';
import { Predictions } from './Predictions.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { Words } from '../common/Equation.js';

/** How many class names are listed; the rest are counted. */
const LISTED = 12;

/** Predicts the classes of pictures outside the run's data set: files, a folder, or the camera live. */
export function PredictScreen() {
  const run = usePlayground((state) => runById(state, state.predictRunId));
  return (
    <main className="screen" tabIndex={-1}>
      <div className="screen-body predict stack-wide">
        <Back />
        {run ? <Asked key={run.id} run={run} /> : <p>The run is gone: choose another in the table of runs.</p>}
      </div>
    </main>
  );
}

function classWords({ classes }: RunRecord): string {
  const more = classes.length - LISTED;
  return `${classes.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function Asked({ run }: { run: RunRecord }) {
  const ask = usePlayground((state) => state.predictGiven);
  const obstacle = usePlayground((state) => obstacleToPredict(state, run.id));
  const camera = useCamera();
  return (
    <>
      <div className="stack">
        <h2>
          Predict with <Words text={nameOf(run)} />
        </h2>
        <p className="soft">
          It tells {counted(run.classes.length, 'class', 'classes')} apart: {classWords(run)}. A picture of anything else gets one
          of these names too.
        </p>
        <div className="line wrap">
          <PickFolder look="filled" disabled={obstacle !== null} onPick={(files) => void ask(run.id, files)}>
            A folder of pictures
          </PickFolder>
          <PickPictures
            label="Pictures to predict"
            accept="image/*,.heic,.heif,.zip,.tar,.tgz,.gz"
            onPick={(files) => void ask(run.id, pickedFiles(files))}
          >
            Pictures
          </PickPictures>
          {camera.state === 'off' && (
            <Button icon="camera" disabled={obstacle !== null} onClick={() => void camera.start()}>
              Camera, live
            </Button>
          )}
        </div>
        <p className="small soft">
          {obstacle ?? 'Or drop a folder, pictures or a zip here. They stay on this machine, and are not kept.'}
        </p>
        <Problem place="predict" />
      </div>
      <LiveCamera camera={camera} />
      <Predictions run={run} />
    </>
  );
}
