import { useState, type DragEvent, type ReactNode } from 'react';
import { z } from 'zod';
import type { Bucket } from '../../../store/buckets/board.js';
import { Button, EditableName } from '../../common/controls.js';
import { Icon } from '../../common/Icon.js';
import { counted } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { HoldToTake } from './CameraPanel.js';
import { PickPictures } from './PickPictures.js';
import { DRAGGED, useSelection } from './selection.js';
import { Tiles } from './Tiles.js';

const draggedSchema = z.array(z.string());

/** An area where the board's pictures and files can be dropped. Files are taken by `DropTarget`, which finds the area by its bucket. */
function Place({ bucket, label, children }: { bucket: string | null; label: string; children: ReactNode }) {
  const move = usePlayground((state) => state.moveOnBoard);
  const { clear } = useSelection();
  const [over, setOver] = useState(false);
  const onDrop = (event: DragEvent): void => {
    setOver(false);
    const dragged = event.dataTransfer.getData(DRAGGED);
    event.preventDefault();
    if (dragged === '') return;
    move(draggedSchema.parse(JSON.parse(dragged)), bucket);
    clear();
  };
  return (
    <section
      className="bucket"
      aria-label={label}
      data-bucket={bucket ?? ''}
      data-over={over}
      // A click anywhere in it gives it the focus, which pasted pictures go to.
      tabIndex={-1}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) setOver(false);
      }}
      onDrop={onDrop}
    >
      {children}
    </section>
  );
}

/** A class with its pictures and the ways to add some. */
export function BucketCard({ bucket, number }: { bucket: Bucket; number: number }) {
  const rename = usePlayground((state) => state.renameBucket);
  const remove = usePlayground((state) => state.removeBucket);
  const add = usePlayground((state) => state.addToBoard);
  const { id, name, pictures } = bucket;
  return (
    <Place bucket={id} label={name}>
      <div className="spread">
        <h3 className="grow">
          <EditableName name={name} label="Class name" onChange={(to) => rename(id, to)} />
        </h3>
        <span className="line">
          {number <= 9 && (
            <kbd className="small" title={`The key ${number} moves the chosen pictures here`}>
              {number}
            </kbd>
          )}
          <span className="number soft small">{counted(pictures.length, 'picture')}</span>
          <Button look="icon" aria-label={`Remove the class ${name}; its pictures stay`} onClick={() => remove(id)}>
            <Icon name="close" />
          </Button>
        </span>
      </div>
      {pictures.length > 0 ? (
        <Tiles label={name} pictures={pictures} />
      ) : (
        <p className="small faint">Drag pictures here, or paste them.</p>
      )}
      <div className="line">
        <PickPictures label={`Add pictures to ${name}`} onPick={(files) => void add(files, id)}>
          Add
        </PickPictures>
        <HoldToTake bucket={id} label={name} />
      </div>
    </Place>
  );
}

/** Pictures that have no class yet. */
export function LooseCard() {
  const loose = usePlayground((state) => state.sorting.board.loose);
  if (loose.length === 0) return null;
  return (
    <Place bucket={null} label="No class yet">
      <div className="spread">
        <h3>No class yet</h3>
        <span className="line">
          <kbd className="small" title="The key 0 moves the chosen pictures here">
            0
          </kbd>
          <span className="number soft small">{counted(loose.length, 'picture')}</span>
        </span>
      </div>
      <Tiles label="no class yet" pictures={loose} />
    </Place>
  );
}
