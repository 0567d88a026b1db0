import { useRef } from 'react';
import { Button } from '../../common/controls.js';
import { usePlayground } from '../../playground.js';
import { useCameraOfBoard } from './camera.js';
import { ASKING, CameraOff, CameraProblem, CameraVideo } from './camera-parts.js';

/** The camera's picture while it is on. */
export function CameraPanel() {
  const camera = useCameraOfBoard();
  return (
    <>
      <CameraProblem camera={camera} />
      <div className="camera" hidden={camera.state === 'off'}>
        <CameraVideo camera={camera} />
        <div className="stack small">
          <p className="soft">
            {camera.state === 'on'
              ? 'Hold the button of a class to take several pictures a second. They stay on this machine.'
              : ASKING}
          </p>
          <CameraOff camera={camera} />
        </div>
      </div>
    </>
  );
}

/** A button that takes pictures of a class while it is held, by pointer or by key. */
export function HoldToTake({ bucket, label }: { bucket: string; label: string }) {
  const camera = useCameraOfBoard();
  const add = usePlayground((state) => state.addToBoard);
  const held = useRef(false);
  const taking = useRef(false);
  if (camera.state !== 'on') return null;
  const begin = async (): Promise<void> => {
    held.current = true;
    if (taking.current) return;
    taking.current = true;
    await camera.take(
      () => held.current,
      (picture, first) => add([picture], bucket, !first),
    );
    taking.current = false;
  };
  const end = (): void => {
    held.current = false;
  };
  return (
    <Button
      className="button hold"
      icon="camera"
      aria-label={`Hold to take pictures of ${label}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        void begin();
      }}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return;
        event.preventDefault();
        if (!event.repeat) void begin();
      }}
      onKeyUp={end}
      onBlur={end}
      // A screen reader clicks without holding: it takes one picture.
      onClick={(event) => {
        if (event.detail !== 0) return;
        void begin();
        end();
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      Hold to take
    </Button>
  );
}
