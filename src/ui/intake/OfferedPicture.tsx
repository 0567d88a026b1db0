import { visibleRuns } from '../../store/slices/runs.js';
import { runById, weightsAtHand } from '../../store/run-lookup.js';
import type { Playground } from '../../store/state.js';
import { Button } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { usePlayground } from '../playground.js';

/** The run that a picture is shown to: the one that is selected, else the newest with weights. */
function presentRun(state: Playground): string | null {
  const selected = runById(state, state.selectedId);
  const candidates = [...(selected ? [selected] : []), ...visibleRuns(state)];
  return candidates.find((run) => run.id !== state.activeId && weightsAtHand(state, run))?.id ?? null;
}

/** Beside a single picture that was dropped: where it is now, and who can say what it shows. */
export function OfferedPicture() {
  const offered = usePlayground((state) => state.offered);
  const current = usePlayground((state) => state.picture.part === 'own' && state.picture.index === offered?.index);
  const run = usePlayground((state) => runById(state, presentRun(state)));
  const shown = usePlayground((state) => {
    const source = state.sources.first;
    return source.kind === 'run' && source.runId === run?.id;
  });
  const predict = usePlayground((state) => state.predictWith);
  const forget = usePlayground((state) => state.forgetOffered);
  if (!offered || !current) return null;
  return (
    <div className="note spread offered" role="status">
      <p className="grow">
        <span className="strong">{offered.name}</span> is on the map; it stays on this machine.{' '}
        {!run && 'Once a run has trained, it can say what the picture shows.'}
        {run && shown && `Under the map stands what ${run.name} takes it for.`}
      </p>
      {run && !shown && <Button onClick={() => void predict(run.id)}>Predict with {run.name}</Button>}
      <Button look="icon" aria-label="Dismiss this note" onClick={forget}>
        <Icon name="close" />
      </Button>
    </div>
  );
}
