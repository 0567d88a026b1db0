import { shorterRun } from '../../../store/progress/choices.js';
import { shownEstimate } from '../../../store/facts.js';
import { withEpochs } from '../../../vit/configuration.js';
import { bytes, counted, duration, percent } from '../../format.js';
import { usePlayground, useStore } from '../../playground.js';

/** The estimated time of the run that is set up, and the offer of a shorter one. */
export function RunTime() {
  const estimate = usePlayground(shownEstimate);
  const epochs = usePlayground((state) => state.configuration.epochs);
  if (!estimate) return <p className="small faint run-words">Working out the time and the memory…</p>;
  const { secondsPerEpoch, seenInRuns, trainedParameters, totalParameters, gpuBytes } = estimate;
  return (
    <div className="small soft run-words" data-testid="estimate">
      <p>
        {secondsPerEpoch === null ? (
          `${counted(epochs, 'epoch')}: the time is known after the first steps`
        ) : (
          <>
            <span className="strong number">
              {counted(epochs, 'epoch')}: {seenInRuns ? 'about' : 'roughly'} {duration(secondsPerEpoch * epochs)}
            </span>
            <Shorter epochs={epochs} secondsPerEpoch={secondsPerEpoch} />
          </>
        )}
      </p>
      <p>
        {bytes(gpuBytes)} of memory · {percent(trainedParameters / totalParameters, 2)} of the weights train
      </p>
    </div>
  );
}

function Shorter({ epochs, secondsPerEpoch }: { epochs: number; secondsPerEpoch: number }) {
  const configure = usePlayground((state) => state.configure);
  const store = useStore();
  const shorter = shorterRun(epochs, secondsPerEpoch);
  if (!shorter) return null;
  const take = (): void => {
    // Keeps the warm-up's share of the run.
    const { warmupEpochs } = withEpochs(store.getState().configuration, shorter.epochs);
    configure({ epochs: shorter.epochs, warmupEpochs });
  };
  return (
    <>
      {'; or '}
      <button type="button" className="link number" onClick={take}>
        {counted(shorter.epochs, 'epoch')}: {duration(shorter.seconds)}
      </button>
    </>
  );
}
