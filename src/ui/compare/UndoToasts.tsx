import { Toast } from 'radix-ui';
import { UNDO_MILLISECONDS } from '../../store/slices/runs.js';
import { usePlayground } from '../playground.js';

/** A message for each deleted run, for as long as the deletion can be undone. */
export function UndoToasts() {
  const deleting = usePlayground((state) => state.deleting);
  const runs = usePlayground((state) => state.runs);
  const undo = usePlayground((state) => state.undoRemove);
  return deleting.map((id) => (
    <Toast.Root key={id} className="toast" duration={UNDO_MILLISECONDS}>
      <Toast.Description className="whole">Deleted {runs[id]?.name}</Toast.Description>
      <Toast.Action asChild altText="Undo the deletion from the table of runs">
        <button type="button" className="button" onClick={() => undo(id)}>
          Undo
        </button>
      </Toast.Action>
    </Toast.Root>
  ));
}
