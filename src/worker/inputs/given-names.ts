import type { ByteSource } from '../../containers/bytes.js';
import { baseName } from '../../data/paths.js';

type Named = Pick<ByteSource, 'name'>;

/** What to call all that was given: its one folder, or its one file. */
export function nameOf(sources: readonly Named[], otherwise: string): string {
  const [first] = sources;
  return topOf(sources) ?? (first && sources.length === 1 ? baseName(first.name) : otherwise);
}

/** The one folder that was given; null where more than that was. */
function topOf(sources: readonly Named[]): string | null {
  const [first] = sources;
  if (!first?.name.includes('/')) return null;
  const folder = first.name.slice(0, first.name.indexOf('/'));
  return sources.every(({ name }) => name.startsWith(`${folder}/`)) ? folder : null;
}

/** Named from within the one folder that was given on, as the command line names what lies below a path. */
export function withoutTop<T extends Named>(sources: readonly T[]): readonly T[] {
  const top = topOf(sources);
  return top === null ? sources : sources.map((source) => ({ ...source, name: source.name.slice(top.length + 1) }));
}
