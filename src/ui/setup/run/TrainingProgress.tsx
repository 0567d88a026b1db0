import { BusyLine, busyWords, ProgressBar, useBusy } from '../../common/BusyLine.js';
import { Button } from '../../common/controls.js';
import { usePlayground } from '../../playground.js';
import { useProgress } from './use-progress.js';
import { progressWords, sweepWords } from './words.js';
import { Words } from '../../common/Equation.js';
import { useLasting } from '../../common/use-calm.js';

/** The training run: its progress and its controls. */
export function TrainingProgress() {
  const progress = useProgress();
  const measuring = useMeasuring();
  if (!progress) return null;
  const sweep = sweepWords(progress);
  return (
    <div className="stack">
      {progress.phase === 'starting' || progress.part === 0 ? (
        <BusyLine fallback="Preparing" />
      ) : (
        <>
          <p className="small whole strong">{measuring ?? <Words text={progress.name} />}</p>
          <p className="small soft number">{progressWords(progress)}</p>
          <ProgressBar label="Training" part={progress.part} words={progressWords(progress)} thick />
        </>
      )}
      {sweep !== null && <p className="small soft number">{sweep}</p>}
      <RunControls />
    </div>
  );
}

/** Measuring a small part takes a moment in every epoch. Only what takes longer is said. */
const LONG_MILLISECONDS = 1000;

function useMeasuring(): string | null {
  const what = usePlayground((state) => state.busy?.what ?? null);
  const lasting = useLasting(what, LONG_MILLISECONDS);
  const busy = useBusy();
  return lasting && busy ? busyWords(busy) : null;
}

function RunControls() {
  const training = usePlayground((state) => state.training);
  const pause = usePlayground((state) => state.pause);
  const resume = usePlayground((state) => state.resume);
  const stop = usePlayground((state) => state.stop);
  return (
    <div className="line">
      {training === 'paused' ? (
        <Button icon="play" className="button grow" onClick={() => void resume()}>
          Resume
        </Button>
      ) : (
        <Button icon="pause" className="button grow" disabled={training !== 'running'} onClick={() => void pause()}>
          Pause
        </Button>
      )}
      <Button icon="stop" className="button grow" disabled={training === 'stopping'} onClick={() => void stop()}>
        Stop
      </Button>
      <TellAtTheEnd />
    </div>
  );
}

function TellAtTheEnd() {
  const telling = usePlayground((state) => state.telling);
  const ask = usePlayground((state) => state.askToTell);
  const words =
    telling === 'refused'
      ? 'The browser blocks notifications of this page; its settings can allow them'
      : 'Notify me when the run has ended';
  return (
    <Button
      look="icon"
      icon={telling === 'refused' ? 'bell-off' : 'bell'}
      aria-label={words}
      title={words}
      aria-pressed={telling === 'yes'}
      onClick={() => void ask()}
    />
  );
}
