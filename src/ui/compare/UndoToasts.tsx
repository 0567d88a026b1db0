import { Toast } from 'radix-ui';
import { UNDO_MILLISECONDS } from '../../store/slices/runs.js';
import { usePlayground } from '../playground.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { Words } from '../common/Equation.js';

/** A message for each deleted run, for as long as the deletion can be undone. */
export function UndoToasts() {
  const deleting = usePlayground((state) => state.deleting);
  const runs = usePlayground((state) => state.runs);
  const undo = usePlayground((state) => state.undoRemove);
  const deleted = deleting.flatMap((id) => runs[id] ?? []);
  return deleted.map((run) => (
    <Toast.Root key={run.id} className="toast" duration={UNDO_MILLISECONDS}>
      <Toast.Description className="whole">
        <Words text={`Deleted ${nameOf(run)}`} />
      </Toast.Description>
      <Toast.Action asChild altText="Undo the deletion from the table of runs">
        <button type="button" className="button" onClick={() => undo(run.id)}>
          Undo
        </button>
      </Toast.Action>
    </Toast.Root>
  ));
}
