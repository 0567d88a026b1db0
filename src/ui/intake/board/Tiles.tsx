import { useState, type DragEvent, type KeyboardEvent } from 'react';
import { flushSync } from 'react-dom';
import { Button } from '../../common/controls.js';
import { usePlayground, useStore } from '../../playground.js';
import { usePreview } from './previews.js';
import { along, DRAGGED, tileId, useSelection } from './selection.js';

/** How many more pictures a press shows. */
const STEP = 60;
const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The pictures of a class. Arrows move the focus, Space chooses, a digit moves the chosen pictures to that class, Delete removes them. */
export function Tiles({ label, pictures }: { label: string; pictures: readonly string[] }) {
  const store = useStore();
  const { chosen, clear } = useSelection();
  const [most, setMost] = useState(STEP);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const tiles = [...event.currentTarget.querySelectorAll('button')];
    const at = tiles.findIndex((tile) => tile === document.activeElement);
    const id = pictures[at];
    const step = STEPS[event.key];
    if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== undefined) {
      event.preventDefault();
      return tiles[at + step]?.focus();
    }
    const { sorting, moveOnBoard, removeFromBoard } = store.getState();
    const bucket = /^[0-9]$/.test(event.key) ? sorting.board.buckets[Number(event.key) - 1] : undefined;
    const moves = bucket !== undefined || event.key === '0';
    if (!moves && event.key !== 'Delete' && event.key !== 'Backspace') return;
    event.preventDefault();
    // The focused picture may leave. Rendered at once, so that the focus has moved on before the next key.
    flushSync(() => {
      if (moves) moveOnBoard(along(chosen, id), bucket?.id ?? null);
      else removeFromBoard(along(chosen, id));
      clear();
    });
    const left = event.currentTarget.querySelectorAll('button');
    (left[Math.min(at, left.length - 1)] ?? event.currentTarget).focus();
  };
  return (
    <>
      <div className="tiles" role="group" aria-label={`Pictures: ${label}`} tabIndex={-1} onKeyDown={onKeyDown}>
        {pictures.slice(0, most).map((id, index) => (
          <Tile key={id} id={id} first={index === 0} />
        ))}
      </div>
      {pictures.length > most && (
        <Button look="quiet" onClick={() => setMost(most + 5 * STEP)}>
          {most} of {pictures.length}: show more
        </Button>
      )}
    </>
  );
}

function Tile({ id, first }: { id: string; first: boolean }) {
  const name = usePlayground((state) => state.sorting.board.names[id] ?? '');
  const { chosen, toggle } = useSelection();
  const preview = usePreview(id);
  const broken = preview && 'why' in preview ? preview.why : null;
  const onDragStart = (event: DragEvent): void => {
    event.dataTransfer.setData(DRAGGED, JSON.stringify(along(chosen, id)));
    event.dataTransfer.effectAllowed = 'move';
  };
  return (
    <button
      type="button"
      className="tile"
      id={tileId(id)}
      draggable
      tabIndex={first ? 0 : -1}
      aria-pressed={chosen.has(id)}
      aria-label={broken ?? name}
      title={broken ?? name}
      onClick={() => toggle(id)}
      onDragStart={onDragStart}
    >
      {preview && 'address' in preview && <img src={preview.address} alt="" draggable={false} />}
      {broken !== null && <span className="warn">!</span>}
    </button>
  );
}
