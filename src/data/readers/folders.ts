import type { SkippedFile } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import { commonFolder, naturalOrder } from '../paths.js';
import { partOf, type Found, type RawDataset, type RawExample } from './types.js';

/**
 * A folder for each class, or `train/`, `val/`, `test/` with a folder for each class in them. What lies deeper belongs to the
 * class above it; folders that everything lies in are passed over.
 */
export function readFolders({ pictures }: Found, name: string): RawDataset {
  const top = commonFolder(pictures.map((picture) => picture.name));
  const inside = (path: string): string[] => (top === '' ? path : path.slice(top.length + 1)).split('/');
  const split = pictures.map((picture) => ({ picture, segments: inside(picture.name) }));
  const nested = split.every(({ segments }) => segments.length >= 2 && partOf(segments[0] ?? '') !== null);
  const depth = nested ? 1 : 0;
  const skipped: SkippedFile[] = [];
  const placed = split.filter(({ picture, segments }) => {
    if (segments.length >= depth + 2) return true;
    skipped.push({ name: picture.name, reason: 'lies in no class folder' });
    return false;
  });
  if (placed.length === 0 && pictures.length > 0) {
    throw new PlaygroundError(
      'data.one-class',
      `${name}: its ${pictures.length} pictures lie in one folder and no list says their classes; put each class into a folder of its own`,
      { subject: name },
    );
  }
  const classes = [...new Set(placed.map(({ segments }) => segments[depth] ?? ''))].sort(naturalOrder);
  const labels = new Map(classes.map((title, label) => [title, label]));
  const examples = placed
    .map(({ picture, segments }): RawExample => ({
      name: picture.name,
      label: labels.get(segments[depth] ?? '') ?? 0,
      part: nested ? partOf(segments[0] ?? '') : null,
      content: { kind: 'file', source: picture },
    }))
    .sort((a, b) => a.label - b.label || naturalOrder(a.name, b.name));
  const form = nested ? 'a folder for each part, and in it one for each class' : 'a folder for each class';
  return { form, classes, examples, skipped, partsFrom: 'the folders say' };
}
