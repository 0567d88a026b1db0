import { usePlayground } from '../../playground.js';
import { TrainingProgress } from './TrainingProgress.js';

/** The training run at the bottom of the page, when the set-up column is hidden by another tab or screen. */
export function RunStrip() {
  const training = usePlayground((state) => state.training !== 'idle');
  const elsewhere = usePlayground((state) => state.screen !== 'playground');
  if (!training) return null;
  return (
    <aside className="run-strip" data-always={elsewhere ? '' : undefined} aria-label="The run that trains">
      <TrainingProgress />
    </aside>
  );
}
