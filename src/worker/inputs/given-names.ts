import type { ByteSource } from '../../containers/bytes.js';
import { baseName } from '../../data/paths.js';

type Named = Pick<ByteSource, 'name'>;

/** What to call everything that was given: the name of its one folder or one file, else `otherwise`. */
export function nameOf(sources: readonly Named[], otherwise: string): string {
  const [first] = sources;
  return topOf(sources) ?? (first && sources.length === 1 ? baseName(first.name) : otherwise);
}

/** The folder that holds all that was given; null where there are several, or none. */
function topOf(sources: readonly Named[]): string | null {
  const [first] = sources;
  if (!first?.name.includes('/')) return null;
  const folder = first.name.slice(0, first.name.indexOf('/'));
  return sources.every(({ name }) => name.startsWith(`${folder}/`)) ? folder : null;
}

/** The sources with paths relative to the one folder that was given, as the command line has them. */
export function withoutTop<T extends Named>(sources: readonly T[]): readonly T[] {
  const top = topOf(sources);
  return top === null ? sources : sources.map((source) => ({ ...source, name: source.name.slice(top.length + 1) }));
}
