import { useRef } from 'react';
import { Button } from '../../common/controls.js';
import { usePlayground } from '../../playground.js';
import { useCameraOfBoard } from './camera.js';

/** What the camera sees, while it is on. */
export function CameraPanel() {
  const { state, problem, video, stop } = useCameraOfBoard();
  return (
    <>
      {problem !== null && (
        <p className="small warn" role="alert">
          {problem}
        </p>
      )}
      <div className="camera" hidden={state === 'off'}>
        <video ref={video} muted playsInline aria-label="What the camera sees" />
        <div className="stack small">
          <p className="soft">
            {state === 'on'
              ? 'Hold the button of a class: a picture is taken several times a second. They stay on this machine.'
              : 'The browser asks whether this page may use the camera.'}
          </p>
          <p>
            <Button icon="stop" onClick={stop}>
              Camera off
            </Button>
          </p>
        </div>
      </div>
    </>
  );
}

/** Takes pictures of a class for as long as it is held, by pointer or by key. */
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
      // A screen reader presses without holding: one picture.
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
