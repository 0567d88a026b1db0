import { usePlayground } from '../../playground.js';
import { TrainingProgress } from './TrainingProgress.js';

/** Where the set-up column is out of sight, in another tab or behind another screen, the run that trains stands at the bottom. */
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
