import { obstacleToUse } from '../../../store/buckets/board.js';
import { Button, EditableName } from '../../common/controls.js';
import { Problem } from '../../common/Problem.js';
import { BusyLine } from '../../common/BusyLine.js';
import { usePlayground } from '../../playground.js';
import { useCameraOfBoard } from './camera.js';
import { PickPictures } from './PickPictures.js';

/** The board's name, the actions for the whole board, and the button that makes a data set of it. */
export function BoardHead() {
  const board = usePlayground((state) => state.sorting.board);
  const rename = usePlayground((state) => state.renameBoard);
  const addBucket = usePlayground((state) => state.addBucket);
  const add = usePlayground((state) => state.addToBoard);
  const camera = useCameraOfBoard();
  return (
    <div className="stack">
      <h2>
        <EditableName name={board.name} label="Name of the data set" onChange={rename} />
      </h2>
      <p className="soft">
        Make a class for each kind of thing to distinguish, and put pictures into it: ten are enough to begin with. Drag them, or
        press one or more and then a class or the digit beside its name. Nothing leaves this machine; this browser keeps it all.
      </p>
      <div className="line wrap">
        <Button icon="add" onClick={addBucket}>
          Add a class
        </Button>
        <PickPictures label="Add pictures of no class yet" onPick={(files) => void add(files, null)}>
          Add pictures
        </PickPictures>
        {camera.state === 'off' && (
          <Button icon="camera" onClick={() => void camera.start()}>
            Camera
          </Button>
        )}
        <Steps />
      </div>
      <Problem place="classes" />
      <Use />
    </div>
  );
}

function Steps() {
  const can = usePlayground((state) => state.sorting.past.length > 0);
  const could = usePlayground((state) => state.sorting.future.length > 0);
  const empty = usePlayground(({ sorting }) => Object.keys(sorting.board.names).length === 0);
  const undo = usePlayground((state) => state.undoBoard);
  const redo = usePlayground((state) => state.redoBoard);
  const clear = usePlayground((state) => state.clearBoard);
  return (
    <>
      <Button look="quiet" disabled={!can} title="Ctrl+Z" onClick={undo}>
        Undo
      </Button>
      <Button look="quiet" disabled={!could} title="Ctrl+Shift+Z" onClick={redo}>
        Redo
      </Button>
      <Button look="quiet" disabled={empty} onClick={clear}>
        Clear
      </Button>
    </>
  );
}

function Use() {
  const obstacle = usePlayground((state) =>
    state.training === 'idle' ? obstacleToUse(state.sorting.board) : 'A run is training: wait until it has ended.',
  );
  const using = usePlayground((state) => state.usingBoard);
  const use = usePlayground((state) => state.useBoard);
  return (
    <div className="stack">
      <div className="line wrap">
        <Button
          look="filled"
          disabled={obstacle !== null || using}
          aria-describedby={obstacle === null ? undefined : 'board-obstacle'}
          onClick={() => void use()}
        >
          Use as the data set
        </Button>
        {obstacle !== null && (
          <span className="small soft" id="board-obstacle">
            {obstacle}
          </span>
        )}
      </div>
      {using && <BusyLine fallback="Reading the pictures" />}
    </div>
  );
}
