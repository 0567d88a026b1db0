import { Button } from '../../common/controls.js';
import { usePlayground } from '../../playground.js';
import { useSelection } from './selection.js';

/** Actions for the chosen pictures. */
export function SelectionBar() {
  const { chosen, clear } = useSelection();
  const buckets = usePlayground((state) => state.sorting.board.buckets);
  const move = usePlayground((state) => state.moveOnBoard);
  const remove = usePlayground((state) => state.removeFromBoard);
  if (chosen.size === 0) return null;
  const then = (change: () => void) => (): void => {
    change();
    clear();
  };
  return (
    <div className="selection-bar" role="group" aria-label="The pictures that are chosen">
      <span className="strong number">{chosen.size} chosen</span>
      <span className="soft">move to</span>
      {buckets.map(({ id, name }) => (
        <Button key={id} onClick={then(() => move([...chosen], id))}>
          {name}
        </Button>
      ))}
      <Button look="quiet" onClick={then(() => move([...chosen], null))}>
        No class
      </Button>
      <Button look="quiet" icon="trash" onClick={then(() => remove([...chosen]))}>
        Remove
      </Button>
      <Button look="quiet" onClick={clear}>
        Choose none
      </Button>
    </div>
  );
}
