import type { Picture } from '../../data/types.js';
import { cameraReason } from '../../ui/intake/board/camera-reason.js';

/** The camera's picture now; null before there is one. */
function frame(video: HTMLVideoElement): Picture | null {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0) return null;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(video, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/**
 * Hands over one picture of the camera after the other, the next when the last is done with, until `goesOn` says no; then the camera
 * is let go. Rejects with a sentence where there is none to be had.
 */
export async function watchCamera(
  video: HTMLVideoElement,
  goesOn: () => boolean,
  look: (picture: Picture) => Promise<void>,
): Promise<void> {
  // Browsers give cameras to pages from this machine or with TLS alone, and have no such object elsewhere.
  if (!('mediaDevices' in navigator)) throw new Error('Browsers give the camera to pages from https:// or localhost alone.');
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
