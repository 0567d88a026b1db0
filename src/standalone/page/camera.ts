import type { Picture } from '../../data/types.js';
import { cameraReason } from '../../ui/intake/board/camera-reason.js';

/** The camera's current picture; null before the first. */
function frame(video: HTMLVideoElement): Picture | null {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0) return null;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(video, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/**
 * Passes on the camera's pictures one after another, each when the one before is done, until `goesOn` returns false; then it releases the
 * camera. Rejects with the reason, as a sentence, if there is no camera.
 */
export async function watchCamera(
  video: HTMLVideoElement,
  goesOn: () => boolean,
  look: (picture: Picture) => Promise<void>,
): Promise<void> {
  // Browsers give the camera only to pages from this machine or over TLS; on others this object is missing.
  if (!('mediaDevices' in navigator)) throw new Error('Browsers give the camera only to pages from https:// or localhost.');
  const wanted = { video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: 'environment' }, audio: false };
  const stream = await navigator.mediaDevices.getUserMedia(wanted).catch((thrown: unknown) => {
    throw new Error(cameraReason(thrown), { cause: thrown });
  });
  try {
    video.srcObject = stream;
    await video.play();
    while (goesOn() && stream.active) {
      const picture = frame(video);
      if (picture) await look(picture);
      await new Promise(requestAnimationFrame);
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
