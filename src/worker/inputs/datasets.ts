import { PixelCache } from '../../data/batches.js';
import { Fingerprint } from '../../data/identity/fingerprint.js';
import { mapConcurrently } from '../../data/concurrent.js';
import type { PackedStore } from '../../data/kept/packed-store.js';
import { foreignForm, foreignReason } from '../../data/pictures/foreign-forms.js';
import { framePicture } from '../../data/pictures/resize.js';
import { openTask, type TaskPictures } from '../../data/tasks/index.js';
import type { Dataset, OpenedDataset, Picture } from '../../data/types.js';
import type { DataEdits, DataSummary, Thumbnail } from '../../protocol/api.js';
import { isDrawn, type Configuration } from '../../vit/configuration.js';
import type { Computed } from '../../protocol/provenance.js';
import type { Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { framingKey } from '../../vit/framing.js';
import type { Part, PictureReference } from '../../protocol/maps.js';
import { browserDecoder } from './images.js';
import { Photographs } from './photographs.js';
import type { AvailableDataset } from '../kept/kept-data.js';

/** Sizes of pictures whose decoded pixels stay in memory. */
const CACHED_SIDES = 2;

/** Pictures decoded at a time, since each is in memory in its full size. */
const DECODED_AT_ONCE = 3;

/** A picture to look at. */
export interface ShownPicture {
  /** RGBA [side, side, 4], not to be written to. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** The data set that it is of; null for one of the person's own. */
  readonly data: string | null;
  /** The name of its class; null where it has none. */
  readonly truth: string | null;
}

/** What says how a picture becomes a square. */
export type Framed = Pick<Architecture, 'framing'>;

/** A data set that is in use. */
export interface OpenData {
  readonly dataset: Dataset;
  readonly summary: DataSummary;
  /** Where its resized pictures are kept; null where they are not. */
  readonly store: PackedStore | null;
  /**
   * The same pictures in the same parts, as they were labelled before corrections: first as the files say, then after each correction
   * of this visit, the latest first.
   */
  labelledBefore(): Iterable<Dataset>;
  /** Its pictures at a side in pixels, made square as the backbone wants them; one cache for all callers. */
  pictures(side: number, backbone: Framed): PixelCache;
}

/** Of the data set with its edits and its split, to which indices within a part and class numbers refer. */
function fingerprintOf(dataset: Dataset, labels = true): string {
  const { fingerprint, classes, parts } = dataset;
  const print = new Fingerprint();
  print.add(fingerprint, ...classes);
  for (const part of ['train', 'validation', 'test'] as const) {
    print.add(part);
    for (const index of parts[part]) {
      if (labels) print.add(index, dataset.label(index));
      else print.add(index);
    }
  }
  return print.text();
}

function summarise(dataset: Dataset, { skipped, keptSide, typicalSide, classesFrom, notes, questions }: About): DataSummary {
  const counts = dataset.classes.map(() => 0);
  for (let index = 0; index < dataset.length; index++) counts[dataset.label(index)]!++;
  const { train, validation, test } = dataset.parts;
  return {
    fingerprint: fingerprintOf(dataset),
    places: fingerprintOf(dataset, false),
    name: dataset.name,
    form: dataset.form,
    classes: dataset.classes.map((name, label) => ({ name, pictures: counts[label] ?? 0 })),
    pictures: { train: train.length, validation: validation.length, test: test.length },
    split: dataset.split,
    skipped,
    classesFrom,
    notes,
    questions,
    keptSide,
    typicalSide,
  };
}

/** What is known of a data set beside the set itself. */
interface About extends Pick<DataSummary, 'skipped' | 'keptSide' | 'typicalSide' | 'classesFrom' | 'notes' | 'questions'> {
  readonly store: PackedStore | null;
}

const DRAWN: About = { skipped: [], classesFrom: null, notes: [], questions: [], store: null, keptSide: null, typicalSide: null };

function openData(dataset: Dataset, about: About, labelledBefore: () => Iterable<Dataset> = () => []): OpenData {
  const { store } = about;
  const caches = new Map<string, PixelCache>();
  return {
    dataset,
    store,
    labelledBefore,
    summary: summarise(dataset, about),
    pictures: (side, { framing }) => {
      const key = framingKey(side, framing);
      const known = caches.get(key);
      if (known) return known;
      const [oldest] = caches.keys();
      if (caches.size >= CACHED_SIDES && oldest !== undefined) caches.delete(oldest);
      const cache = new PixelCache(dataset, side, { framing, ...(store ? { store } : {}) });
      caches.set(key, cache);
      return cache;
    },
  };
}

/**
 * The same pictures in the same places under other labels, made one by one as they are asked for.
 *
 * @param edits of this visit, the last of which made the data set.
 */
function* labelledBefore(data: OpenedDataset, edits: readonly DataEdits[]): Generator<Dataset> {
  const last = edits.at(-1);
  if (!last?.labels) return;
  const { labels: _corrected, ...asTheFilesSay } = last;
  const places = fingerprintOf(data.dataset, false);
  for (const earlier of [asTheFilesSay, ...edits.slice(0, -1).reverse()]) {
    const { dataset } = data.edit(earlier);
    if (fingerprintOf(dataset, false) === places) yield dataset;
  }
}

/** The data set in use, and the pictures that a person added of their own. */
export class Datasets {
  #current: OpenData | null = null;
  #opened: AvailableDataset | null = null;
  /** Its edits on this visit, the latest last. */
  #edits: DataEdits[] = [];
  #task: { readonly fingerprint: string } | null = null;
  readonly #own: Picture[] = [];
  readonly #photographs = new Photographs();

  useTask(task: string, seed: number, pictures: TaskPictures | null): DataSummary {
    const dataset = openTask(task, seed, pictures);
    if (this.#task?.fingerprint === dataset.fingerprint) return this.require().summary;
    this.#opened = null;
    this.#task = { fingerprint: dataset.fingerprint };
    this.#current = openData(dataset, DRAWN);
    return this.#current.summary;
  }

  take(available: AvailableDataset): DataSummary {
    this.#opened = available;
    this.#edits = [];
    this.#task = null;
    return this.#use(available);
  }

  #use({ data, store, keptSide }: AvailableDataset): DataSummary {
    const edits = [...this.#edits];
    const about: About = {
      skipped: data.skipped,
      classesFrom: data.raw.labelsFrom,
      notes: data.notes,
      questions: data.raw.questions,
      store,
      keptSide,
      typicalSide: data.raw.typicalSide ?? null,
    };
    this.#current = openData(data.dataset, about, () => labelledBefore(data, edits));
    return this.#current.summary;
  }

  edit(edits: DataEdits): DataSummary {
    const { dataset } = this.require();
    if (!this.#opened) {
      if (Object.keys(edits.classes).length === 0) return this.require().summary;
      throw new PlaygroundError('option.invalid', `${dataset.name}: the classes of a drawn task cannot be edited`, {
        subject: 'classes',
      });
    }
    const edited = this.#opened.data.edit(edits);
    this.#edits.push(edits);
    return this.#use({ ...this.#opened, data: edited });
  }

  /** Forgets a data set whose kept pixels were deleted. */
  forget(fingerprint: string): void {
    if (this.current?.fingerprint !== fingerprint) return;
    this.#current = null;
    this.#opened = null;
  }

  get current(): Dataset | null {
    return this.#current?.dataset ?? null;
  }

  /** The data set in use. Throws `data.empty` where there is none. */
  require(): OpenData {
    if (this.#current) return this.#current;
    throw new PlaygroundError('data.empty', 'data: no data set is chosen; drop pictures or choose a task', { subject: 'data' });
  }

  /** What a configuration trains on: its task, drawn with its seed, or the data set in use where the name is its. */
  requireFor({ data, seed, taskPictures }: Pick<Configuration, 'data' | 'seed' | 'taskPictures'>): OpenData {
    if (isDrawn(data)) {
      this.useTask(data, seed, taskPictures);
      return this.require();
    }
    const current = this.#current;
    if (current?.dataset.name === data) return current;
    throw new PlaygroundError('option.invalid', `data: the data set '${data}' is not on this page; drop it anywhere to use it`, {
      subject: 'data',
    });
  }

  async addOwnPicture(file: File): Promise<PictureReference> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    try {
      return this.addOwn(await browserDecoder.decode(bytes, file.name));
    } catch (cause) {
      const known = foreignForm(bytes, file.name);
      const message = known
        ? `${file.name}: ${foreignReason(known)}`
        : `${cause instanceof Error ? cause.message : String(cause)}; JPEG, PNG and WebP are read everywhere`;
      throw new PlaygroundError('data.image', message, { subject: file.name, cause });
    }
  }

  addOwn(picture: Picture): PictureReference {
    return { part: 'own', index: this.#own.push(picture) - 1 };
  }

  async picture(reference: PictureReference, side: number, backbone: Framed): Promise<ShownPicture> {
    const { part, index } = reference;
    if (part === 'photograph') {
      return { pixels: framePicture(await this.#photographs.get(index), side, backbone.framing), data: null, truth: null };
    }
    if (part === 'own') {
      const picture = this.#own[index];
      if (!picture)
        throw new PlaygroundError('option.invalid', `picture: there is no own picture ${index}`, { subject: 'picture' });
      return { pixels: framePicture(picture, side, backbone.framing), data: null, truth: null };
    }
    const data = this.require();
    const place = data.dataset.parts[part][index];
    if (place === undefined) {
      throw new PlaygroundError(
        'option.invalid',
        `picture: the ${part} part of ${data.dataset.name} has ${data.dataset.parts[part].length} pictures, and number ${index} was asked for`,
        { subject: 'picture' },
      );
    }
    const truth = data.dataset.classes[data.dataset.label(place)] ?? null;
    return { pixels: await data.pictures(side, backbone).get(place), data: data.summary.fingerprint, truth };
  }

  /** Indices within the part. */
  ofClass(part: Part, label: number): Computed<number[]> {
    const { dataset, summary } = this.require();
    const value = dataset.parts[part].flatMap((place, index) => (dataset.label(place) === label ? [index] : []));
    return { of: { data: summary.fingerprint }, value };
  }

  async thumbnails(part: Part, from: number, count: number, side: number): Promise<Computed<Thumbnail[]>> {
    const { dataset, summary } = this.require();
    const indices = dataset.parts[part].slice(from, from + count);
    const value = await mapConcurrently(indices, DECODED_AT_ONCE, async (index) => ({
      name: dataset.nameOf(index),
      label: dataset.label(index),
      side,
      pixels: new Uint8ClampedArray(await thumbnailPixels(dataset, index, side)),
    }));
    return { of: { data: summary.fingerprint }, value };
  }
}

/** A picture that cannot be decoded is empty: it is named among those left out. */
async function thumbnailPixels(dataset: Dataset, index: number, side: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await dataset.pixels(index, side);
  } catch (thrown) {
    if (thrown instanceof PlaygroundError && thrown.code === 'data.image') return new Uint8Array(side * side * 4);
    throw thrown;
  }
}
