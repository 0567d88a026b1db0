import { Button } from '../common/controls.js';
import { usePlayground } from '../playground.js';

/** The button that leads from another screen back to the playground. */
export function Back() {
  const show = usePlayground((state) => state.show);
  return (
    <div className="back">
      <Button look="quiet" icon="previous" onClick={() => show('playground')}>
        Playground
      </Button>
    </div>
  );
}
