/** Why the browser gives no camera, a sentence, from what it threw. */
export function cameraReason(thrown: unknown): string {
  const name = thrown instanceof DOMException ? thrown.name : '';
  if (name === 'NotAllowedError')
    return 'The browser was told not to give the camera to this page: its settings can change that.';
  if (name === 'NotFoundError') return 'There is no camera on this machine.';
  return 'The camera could not be opened; another program may be using it.';
}
