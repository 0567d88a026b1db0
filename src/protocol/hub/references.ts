/** How a person names a model that lies elsewhere: a repository of the hub, or an address. */
import { PlaygroundError } from '../../vit/errors.js';

/** Where repositories are looked up unless another hub is named. */
export const HUB = 'https://huggingface.co';

const REPOSITORY = /^([A-Za-z0-9][\w.-]{0,95})\/([A-Za-z0-9][\w.-]{0,95})(?:@([\w./-]{1,100}))?$/;
/** Last parts of a path that are a file's: a path of two parts could otherwise be a repository's page. */
const WEIGHTS_FILE = /\.(safetensors|npz|pth|pt|bin|json)$/i;

export interface RepositoryReference {
  readonly kind: 'repository';
  /** What a configuration calls the model: the repository, and its revision where that was said. */
  readonly name: string;
  /** `owner/name` */
  readonly repository: string;
  readonly revision: string;
  /** Origin of the hub. */
  readonly hub: string;
}

export interface FileReference {
  readonly kind: 'file';
  /** The last part of the address. */
  readonly name: string;
  readonly url: URL;
}

export type Reference = RepositoryReference | FileReference;

const usage = (text: string, why: string, cause?: unknown): PlaygroundError =>
  new PlaygroundError('usage', `'${text}': ${why}`, { subject: text, ...(cause === undefined ? {} : { cause }) });

/** Only TLS, or this machine itself: an address with a password in it, or another scheme, is refused with `usage`. */
export function requireAddress(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw usage(text, 'is neither a repository (owner/name) nor an address (https://...)', cause);
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) throw usage(text, 'only https addresses are fetched');
  if (url.username !== '' || url.password !== '') throw usage(text, 'an address must not have a password in it');
  return url;
}

/**
 * Reads `owner/name`, `owner/name@revision`, the address of a repository's page on `hub` (also of one revision), or the address of
 * a file or of the page that shows it. Throws `usage` for anything else.
 */
export function readReference(text: string, hub: string): Reference {
  const trimmed = text.trim();
  const origin = requireAddress(hub).origin;
  const repository = REPOSITORY.exec(trimmed) ?? repositoryOfPage(trimmed, origin);
  if (repository) {
    const [name, owner = '', model = '', revision = 'main'] = repository;
    return { kind: 'repository', name, repository: `${owner}/${model}`, revision, hub: origin };
  }
  const url = requireAddress(pageToFile(trimmed));
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  return { kind: 'file', name: decoded(last) || url.hostname, url };
}

/** `https://hub/owner/name` and `.../tree/revision`, as copied from a browser. */
function repositoryOfPage(text: string, origin: string): RegExpExecArray | null {
  if (!text.startsWith(`${origin}/`)) return null;
  const [owner = '', name = '', tree, ...revision] = text
    .slice(origin.length + 1)
    .replace(/[?#].*$|\/$/g, '')
    .split('/');
  // A path of two parts may also lead to a file.
  if ((tree !== undefined && tree !== 'tree') || WEIGHTS_FILE.test(name)) return null;
  return REPOSITORY.exec(`${owner}/${name}${revision.length > 0 ? `@${revision.join('/')}` : ''}`);
}

/** The page that shows a file (`/blob/`) is not the file (`/resolve/`). */
const pageToFile = (text: string): string => text.replace(/^(https?:\/\/[^/]+\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/');

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * A reference as a person types it on the page, where an address names its own hub, with the one origin that is asked for it. Throws
 * `usage` for an invalid reference.
 */
export function readTypedReference(text: string): { readonly reference: Reference; readonly origin: string } {
  const trimmed = text.trim();
  const hub = /^https?:/i.test(trimmed) ? requireAddress(trimmed).origin : HUB;
  const reference = readReference(trimmed, hub);
  return { reference, origin: reference.kind === 'file' ? reference.url.origin : reference.hub };
}
