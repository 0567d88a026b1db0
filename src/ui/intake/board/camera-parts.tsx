/** What every view of the camera shows, however it is laid out. */
import { Button } from '../../common/controls.js';
import type { Camera } from './camera.js';

/** While the browser asks for permission. */
export const ASKING = 'The browser asks whether this page may use the camera.';

export function CameraProblem({ camera: { problem } }: { camera: Camera }) {
  if (problem === null) return null;
  return (
    <p className="small warn" role="alert">
      {problem}
    </p>
  );
}

export function CameraVideo({ camera: { video } }: { camera: Camera }) {
  return <video ref={video} muted playsInline aria-label="What the camera sees" />;
}

export function CameraOff({ camera: { stop } }: { camera: Camera }) {
  return (
    <p>
      <Button icon="stop" onClick={stop}>
        Camera off
      </Button>
    </p>
  );
}
