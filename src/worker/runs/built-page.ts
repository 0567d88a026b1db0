import zip from '../../../.cache/standalone/page.zip?url';
import { readBuiltPage } from '../../formats/exports/index.js';
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';

/**
 * The files of the page that a run is exported as, which the build puts beside this one. Rejects with `network` where the server does
 * not give them.
 */
export async function builtPage(): Promise<readonly NamedFile[]> {
  const response = await fetch(zip).catch(() => null);
  if (response?.ok) return readBuiltPage('page.zip', new Uint8Array(await response.arrayBuffer()));
  throw new PlaygroundError(
    'network',
    `page: ${zip} did not come from this page's own server, and the weights go beside what is in it; open the page where it is built`,
    { subject: 'page' },
  );
}
