import { Button } from '../../common/controls.js';
import { thenTo } from '../../common/focus/kept-focus.js';
import { usePlayground } from '../../playground.js';
import { tileId, useSelection } from './selection.js';

/** Actions for the chosen pictures. */
export function SelectionBar() {
  const { chosen, clear } = useSelection();
  const buckets = usePlayground((state) => state.sorting.board.buckets);
  const move = usePlayground((state) => state.moveOnBoard);
  const remove = usePlayground((state) => state.removeFromBoard);
  if (chosen.size === 0) return null;
  // The bar goes with the choice: the focus goes on with the pictures.
  const [first = ''] = chosen;
  const then = thenTo(tileId(first));
  const and = (change: () => void) => (): void => {
    change();
    clear();
  };
  return (
    <div className="selection-bar" role="group" aria-label="The pictures that are chosen">
      <span className="strong number">{chosen.size} chosen</span>
      <span className="soft">move to</span>
      {buckets.map(({ id, name }) => (
        <Button key={id} {...then} onClick={and(() => move([...chosen], id))}>
          {name}
        </Button>
      ))}
      <Button look="quiet" {...then} onClick={and(() => move([...chosen], null))}>
        No class
      </Button>
      <Button look="quiet" icon="trash" onClick={and(() => remove([...chosen]))}>
        Remove
      </Button>
      <Button look="quiet" {...then} onClick={clear}>
        Choose none
      </Button>
    </div>
  );
}
