/** What the page shows of a data set whose labels alone are corrected stays in sight: nothing of it goes and comes back. */
import type { DataEdits, DataSummary, Thumbnail } from '../../protocol/api.js';
import type { Part } from '../../protocol/maps.js';
import { Evidence } from '../evidence.js';
import { dataInUse, shownBrowsed, shownThumbnails } from '../facts.js';
import type { Playground, Services } from '../state.js';
import type { Browsed, Thumbnails } from '../state/intake.js';

export const THUMBNAIL_SIDE = 64;

type Api = Pick<Services['api'], 'thumbnails' | 'classPictures'>;
type Labels = NonNullable<DataEdits['labels']>;
type Some = readonly (Thumbnail | undefined)[];

export interface Carried {
  readonly thumbnails: Evidence<Thumbnails> | null;
  readonly browsed: Evidence<Browsed> | null;
}

export const NOTHING: Carried = { thumbnails: null, browsed: null };

/** The pictures of a part, or those of one of its classes; null where the worker has another data set by now. */
async function browsedOf(
  api: Pick<Api, 'classPictures'>,
  { fingerprint, pictures }: DataSummary,
  part: Part,
  label: number | null,
): Promise<Evidence<Browsed> | null> {
  const all = Array.from({ length: pictures[part] }, (_, index) => index);
  if (label === null) return new Evidence({ data: fingerprint }, { part, label, indices: all });
  const answer = await api.classPictures(part, label);
  return answer.ok ? new Evidence(answer.value.of, { part, label, indices: answer.value.value }) : null;
}

/** The thumbnails of a part, with new ones for pictures whose label changed. */
async function relabelled(api: Api, part: Part, known: Some, changed: (name: string) => boolean): Promise<Some> {
  const anew = known.flatMap((thumbnail, index) => (thumbnail && changed(thumbnail.name) ? [index] : []));
  const made = [...known];
  await Promise.all(
    anew.map(async (index) => {
      const answer = await api.thumbnails(part, index, 1, THUMBNAIL_SIDE);
      made[index] = answer.ok ? answer.value.value[0] : undefined;
    }),
  );
  return made;
}

/**
 * @param state from before the correction.
 * @param edited the worker's data set, which has it already.
 */
export async function carried(api: Api, state: Playground, edited: DataSummary, labels: Labels): Promise<Carried> {
  const before = dataInUse(state);
  if (before?.places !== edited.places) return NOTHING;
  const { labels: labelsBefore = {} } = state.edits;
  const changed = (name: string): boolean => labels[name] !== labelsBefore[name];
  const known = shownThumbnails(state);
  const browsed = shownBrowsed(state);
  const of = async (part: Part): Promise<Some> => (known ? relabelled(api, part, known[part], changed) : []);
  const [train, validation, test, again] = await Promise.all([
    of('train'),
    of('validation'),
    of('test'),
    browsed ? browsedOf(api, edited, browsed.part, browsed.label) : null,
  ]);
  return { thumbnails: known && new Evidence({ data: edited.fingerprint }, { train, validation, test }), browsed: again };
}
