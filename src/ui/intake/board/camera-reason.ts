/** Why there is no camera, as a sentence. @param thrown what `getUserMedia` rejected with. */
export function cameraReason(thrown: unknown): string {
  const name = thrown instanceof DOMException ? thrown.name : '';
  if (name === 'NotAllowedError') return 'The browser blocks the camera for this page: its settings can allow it.';
  if (name === 'NotFoundError') return 'There is no camera on this machine.';
  return 'The camera could not be opened; another program may be using it.';
}
