import type { SweepEntry } from '../../../store/state/sweep.js';
import { Icon } from '../../common/Icon.js';
import { counted, percent } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { accuracyOf } from '../../../results/figure/points.js';

const STATE_NAMES: Readonly<Record<SweepEntry['state'], string>> = {
  waiting: 'waiting',
  running: 'training',
  finished: 'done',
  skipped: 'skipped',
  failed: 'failed',
};

/** One run of the queue: waiting, its progress, or its accuracy. */
export function SweepCell({ entry, name }: { entry: SweepEntry; name: string }) {
  const run = usePlayground((state) => (entry.runId === null ? undefined : state.runs[entry.runId]));
  const paused = usePlayground((state) => state.sweeping === 'paused');
  const skip = usePlayground((state) => state.skip);
  const select = usePlayground((state) => state.select);
  const accuracy = run && accuracyOf(run);
  if (entry.state === 'finished' && run && accuracy) {
    return (
      <button
        type="button"
        className="link number"
        aria-label={`${name}: ${percent(accuracy.value)}, open it`}
        onClick={() => select(run.id)}
      >
        {percent(accuracy.value)}
      </button>
    );
  }
  const epochs = run ? `${run.epochs.length} of ${counted(run.configuration.epochs, 'epoch')}` : 'begins';
  const words = entry.state === 'running' ? `${paused ? 'paused, ' : ''}${epochs}` : STATE_NAMES[entry.state];
  const open = entry.state === 'waiting' || entry.state === 'running';
  return (
    <span className="sweep-cell" data-state={entry.state}>
      {words}
      {open && (
        <button type="button" className="sweep-skip" aria-label={`Skip ${name}`} title="Skip" onClick={() => void skip(entry.id)}>
          <Icon name="close" />
        </button>
      )}
    </span>
  );
}
