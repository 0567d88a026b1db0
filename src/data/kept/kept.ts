import { z } from 'zod';
import type { DataEdits } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import { framingSchema, WHOLE_PICTURE, type Framing } from '../../vit/framing.js';
import { mapConcurrently } from '../concurrent.js';
import { samePictures } from '../identity/duplicates.js';
import { PixelCache, pixelKey, storedDigest, type PixelStore } from '../batches.js';
import { finishDataset } from '../open.js';
import { readPacked, type KeptStore } from './packed-store.js';
import type { Dataset, ImageDecoder, OpenedDataset } from '../types.js';

const MANIFEST = 'manifest';

const COMPARED_AT_ONCE = 8;

const partSchema = z.enum(['train', 'validation', 'test']).nullable();

/** Everything about a data set that is kept besides its pixels, so that a page that is opened again needs no files. */
const manifestSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  fingerprint: z.string(),
  form: z.string(),
  labelsFrom: z.string().default('what was kept'),
  partsFrom: z.string().nullable(),
  notes: z.array(z.string()).default([]),
  typicalSide: z.number().optional(),
  classes: z.array(z.string()),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** Side of the kept pixels, and how the pictures became squares. */
  side: z.number().int().min(1),
  framing: framingSchema.default(WHOLE_PICTURE),
  /** Name, label, part, and the path below the class, which decides the split. */
  examples: z.array(z.tuple([z.string(), z.number().int(), partSchema, z.string().optional()])),
  edits: z.object({
    classes: z.record(z.string(), z.string().nullable()),
    splitSeed: z.number().int(),
    splitShares: z.tuple([z.number(), z.number(), z.number()]).optional(),
  }),
});

/** Pictures of a kept data set are never decoded. */
const noDecoder: ImageDecoder = {
  decode: (_bytes, name) => Promise.reject(new Error(`${name}: only its resized pixels were kept`)),
};

export interface KeepOptions {
  /** Progress of decoding the pictures. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Progress of comparing the pictures with those in the store. */
  readonly onCompared?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Whether everything that the store has for these pictures was made from them. The store is found by names, sizes and samples, which
 * another data set may share. Each file is read and none is decoded; a file that cannot be read is ignored.
 */
async function isOf(store: PixelStore, dataset: Dataset, { onCompared, signal }: KeepOptions): Promise<boolean> {
  const known: { readonly index: number; readonly digest: string }[] = [];
  for (let index = 0; index < dataset.length; index++) {
    const digest = await storedDigest(store, dataset.key(index));
    if (digest !== undefined) known.push({ index, digest });
  }
  let same = true;
  let done = 0;
  await mapConcurrently(known, COMPARED_AT_ONCE, async ({ index, digest }) => {
    if (!same) return;
    if (signal?.aborted) throw new PlaygroundError('cancelled', `${dataset.name}: reading the pictures was stopped`);
    const now = await dataset.digest(index).catch(() => digest);
    if (now !== digest) same = false;
    onCompared?.(++done, known.length);
  });
  return same;
}

/**
 * Keeps a data set: its pictures at a side, unless the store has them, and what was understood of it, including pictures that occur in two
 * given parts. Other pictures in the store are deleted. Classes that the edits drop are kept too, so that they can be restored. Broken
 * pictures are listed as skipped and remain examples without pixels, so that the split is the same with and without the files.
 *
 * @param edits those that `opened` was made with; they are applied again when it is opened.
 */
export async function keepDataset(
  opened: OpenedDataset,
  { side, framing }: { readonly side: number; readonly framing: Framing },
  store: KeptStore,
  edits: DataEdits,
  options: KeepOptions = {},
): Promise<void> {
  const { raw } = opened;
  const { dataset } = opened.edit({ classes: {}, splitSeed: edits.splitSeed });
  if (!(await isOf(store, dataset, options))) await store.clear();
  const cache = new PixelCache(dataset, side, { store, memoryBytes: 0, framing });
  const indices = raw.examples.map((_, index) => index);
  await cache.prepare(indices, options);
  if (cache.storeProblem !== null) {
    throw new PlaygroundError(
      'file.unreadable',
      `${dataset.name}: its pictures cannot be kept in this browser: ${cache.storeProblem}`,
      {
        subject: dataset.name,
      },
    );
  }
  const digest = (index: number): Promise<string | null> => cache.digest(index).catch(() => null);
  const twice = await samePictures(dataset, digest, raw.partsFrom !== null);
  const manifest: z.infer<typeof manifestSchema> = {
    version: 1,
    name: dataset.name,
    fingerprint: dataset.fingerprint,
    form: raw.form,
    labelsFrom: raw.labelsFrom,
    partsFrom: raw.partsFrom,
    notes: [...raw.notes, ...twice],
    ...(raw.typicalSide === undefined ? {} : { typicalSide: raw.typicalSide }),
    classes: [...raw.classes],
    skipped: [...opened.skipped, ...cache.broken],
    side,
    framing,
    // Without a path below its class an example has three entries: undefined would become null in JSON.
    examples: raw.examples.map(({ name, label, part, below }) =>
      below === undefined ? [name, label, part] : [name, label, part, below],
    ),
    edits: {
      classes: { ...edits.classes },
      splitSeed: edits.splitSeed,
      ...(edits.splitShares ? { splitShares: [...edits.splitShares] } : {}),
    },
  };
  await store.put(MANIFEST, new TextEncoder().encode(JSON.stringify(manifest)));
}

function parseManifest(bytes: Uint8Array): z.infer<typeof manifestSchema> | null {
  try {
    return manifestSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/** What is kept of a data set, to tell it from others. Null where {@link openKept} returns null. */
export interface KeptDescription {
  readonly name: string;
  readonly pictures: number;
  readonly classes: number;
  /** Side of the kept pixels. */
  readonly side: number;
}

/** Reads the description alone. @param data,index a {@link PackedStore}'s files. */
export async function describeKept(data: Blob, index: Blob): Promise<KeptDescription | null> {
  const bytes = await readPacked(data, index, MANIFEST);
  const manifest = bytes && parseManifest(bytes);
  if (!manifest) return null;
  const { name, side, examples, classes } = manifest;
  return { name, side, pictures: examples.length, classes: classes.length };
}

/**
 * Opens what {@link keepDataset} kept. At the kept side the pixels are identical; at another side they are resized from those. Squares made
 * with another framing are available only if the store has them as well.
 *
 * @returns null where the store has no data set, or one of another version.
 */
export async function openKept(store: PixelStore): Promise<OpenedDataset | null> {
  const bytes = await store.get(MANIFEST);
  if (!bytes) return null;
  const manifest = parseManifest(bytes);
  if (!manifest) return null;
  const { name, fingerprint, side, framing, examples, edits, typicalSide, ...rest } = manifest;
  const { splitShares, ...others } = edits;
  return finishDataset(
    {
      ...rest,
      ...(typicalSide === undefined ? {} : { typicalSide }),
      questions: [],
      examples: examples.map(([title, label, part, below], key) => ({
        name: title,
        label,
        part,
        ...(below === undefined ? {} : { below }),
        content: {
          kind: 'pixels',
          framing,
          digest: () => storedDigest(store, key),
          read: async () => {
            const data = await store.get(pixelKey(side, framing, key));
            if (!data) throw new Error(`${title}: its pixels were not kept`);
            return { width: side, height: side, data };
          },
        },
      })),
    },
    { name, fingerprint, decoder: noDecoder },
    { ...others, ...(splitShares ? { splitShares } : {}) },
  );
}
