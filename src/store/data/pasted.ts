import type { GivenFile } from '../../protocol/api.js';
import type { Services } from '../state.js';

const KEY = 'pyra-playground/pasted';
/** What browsers call every picture that is pasted. A copied file keeps its own name. */
const NAMELESS = /^image(\.\w+)$/i;

/** Names pasted pictures `pasted-1.png`, `pasted-2.png`, ... The numbers go on at the next visit, where earlier ones may be kept. */
export function namePasted(files: readonly GivenFile[], storage: Services['storage']): GivenFile[] {
  let last = Number.parseInt(storage.get(KEY) ?? '0', 10) || 0;
  const named = files.map((given) => {
    const [, ending] = NAMELESS.exec(given.file.name) ?? [];
    if (ending === undefined) return given;
    const path = `pasted-${++last}${ending}`;
    return { path, file: new File([given.file], path, { type: given.file.type, lastModified: given.file.lastModified }) };
  });
  storage.set(KEY, String(last));
  return named;
}
