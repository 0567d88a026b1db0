import { useEffect, useMemo, useState } from 'react';
import { usePlayground, useStore } from '../../playground.js';
import { Back } from '../../screens/Back.js';
import { BoardHead } from './BoardHead.js';
import { BucketCard, LooseCard } from './BucketCard.js';
import { CameraContext, useCamera } from './camera.js';
import { CameraPanel } from './CameraPanel.js';
import { SelectionBar } from './SelectionBar.js';
import { SelectionContext, type Selection } from './selection.js';

/** Ctrl or Command with Z undoes the last change of the board; with Shift it is redone. */
function useUndoKeys(): void {
  const store = useStore();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return;
      if (event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      if (event.shiftKey) store.getState().redoBoard();
      else store.getState().undoBoard();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [store]);
}

function useChosen(): Selection {
  const names = usePlayground((state) => state.sorting.board.names);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  return useMemo(() => {
    const there = new Set([...chosen].filter((id) => names[id] !== undefined));
    return {
      chosen: there,
      toggle: (id) => setChosen(new Set(there.has(id) ? [...there].filter((other) => other !== id) : [...there, id])),
      clear: () => setChosen(new Set()),
    };
  }, [chosen, names]);
}

/** The board, where classes are made by hand: pictures come by dragging, keys, the clipboard or the camera. */
export function ClassesScreen() {
  useUndoKeys();
  const selection = useChosen();
  const camera = useCamera();
  const buckets = usePlayground((state) => state.sorting.board.buckets);
  return (
    <CameraContext value={camera}>
      <SelectionContext value={selection}>
        <main className="screen" tabIndex={-1}>
          <div className="screen-body board">
            <Back />
            <BoardHead />
            <CameraPanel />
            <div className="buckets">
              <LooseCard />
              {buckets.map((bucket, index) => (
                <BucketCard key={bucket.id} bucket={bucket} number={index + 1} />
              ))}
            </div>
            <SelectionBar />
          </div>
        </main>
      </SelectionContext>
    </CameraContext>
  );
}
