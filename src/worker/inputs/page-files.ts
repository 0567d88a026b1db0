import { PlaygroundError } from '../../vit/errors.js';

/** The folder that the page is served from: the built worker's script lies in its `assets`. */
const pageFolder = (): URL => new URL(import.meta.env.DEV ? '/' : '../', self.location.href);

/** A file that comes with the page. Rejects with `network` where it cannot be had. */
export async function fetchPageFile(path: string): Promise<Blob> {
  const failed = (why: string, cause?: unknown): PlaygroundError =>
    new PlaygroundError(
      'network',
      `${path}: this file of the page could not be fetched (${why}); check the connection and reload`,
      {
        subject: path,
        cause,
      },
    );
  let response: Response;
  try {
    response = await fetch(new URL(path, pageFolder()));
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!response.ok) throw failed(`the server answered ${response.status}`);
  return response.blob();
}
