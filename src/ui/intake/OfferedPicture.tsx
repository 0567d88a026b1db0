import { visibleRuns } from '../../store/slices/runs.js';
import { runById, weightsAtHand } from '../../store/run-lookup.js';
import type { Playground } from '../../store/state.js';
import { Button } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { usePlayground } from '../playground.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { Words } from '../common/Equation.js';

/** The run that predicts a dropped picture: the selected one, else the newest with weights. */
function presentRun(state: Playground): string | null {
  const selected = runById(state, state.selectedId);
  const candidates = [...(selected ? [selected] : []), ...visibleRuns(state)];
  return candidates.find((run) => run.id !== state.activeId && weightsAtHand(state, run))?.id ?? null;
}

/** A note about a single dropped picture: it is on the map now, and a run can predict its class. */
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
        {!run && 'Once a run has trained, it can predict what the picture shows.'}
        {run && shown && <Words text={`The prediction of ${nameOf(run)} is under the map.`} />}
      </p>
      {run && !shown && (
        <Button onClick={() => void predict(run.id)}>
          <Words text={`Predict with ${nameOf(run)}`} />
        </Button>
      )}
      <Button look="icon" aria-label="Dismiss this note" onClick={forget}>
        <Icon name="close" />
      </Button>
    </div>
  );
}
