import { Button } from '../common/controls.js';
import { usePlayground } from '../playground.js';

/** The way back from a screen that stands in the playground's place. */
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
