/** Reads CIFAR's binary batches. A record is one or two label bytes and then 1024 bytes each of red, green and blue (Krizhevsky 2009). */
import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { partOfName } from '../../parts.js';
import { baseName, naturalOrder } from '../../paths.js';
import { declaredReading, type Labelled } from '../../readings/labelled.js';
import type { Given, Proposal } from '../../readings/types.js';
import { readText } from '../text.js';
import { toPicture, type PixelLayout } from './pixels.js';

const PIXEL_BYTES = 3 * 32 * 32;
const RECORDS_AT_ONCE = 500;
const LAYOUT: PixelLayout = { height: 32, width: 32, channels: 3, planar: true };

const KINDS = [
  { title: 'CIFAR-10 binary batches', labelBytes: 1, label: 0, limits: [10], names: 'batches.meta.txt' },
  { title: 'CIFAR-100 binary batches', labelBytes: 2, label: 1, limits: [20, 100], names: 'fine_label_names.txt' },
] as const;
type Kind = (typeof KINDS)[number];

const recordBytes = (kind: Kind): number => kind.labelBytes + PIXEL_BYTES;

/** The part by a batch's name: `data_batch_1.bin` is for training, like `train.bin`. */
const partOfBatch = (path: string): Part | null =>
  partOfName(baseName(path).replace(/\.bin$/i, '')) ?? (/^data_batch/i.test(baseName(path)) ? 'train' : null);

const isBatchName = (path: string): boolean => /^((data|test)_batch(_\d+)?|train|test)\.bin$/i.test(baseName(path));

function truncated(file: ByteSource): Proposal {
  const reason = `has ${file.size} bytes, no whole number of CIFAR-10 (3073 bytes) or CIFAR-100 records (3074 bytes): it is truncated`;
  const error = new PlaygroundError('file.damaged', `${file.name}: ${reason}`, { subject: file.name });
  const pictures = Math.floor(file.size / (PIXEL_BYTES + 1));
  return { kind: 'refusal', form: 'cifar-binary', accounts: new Set([file]), pictures, reason, error };
}

async function readBatch(batch: ByteSource, kind: Kind): Promise<Labelled[]> {
  const bytes = recordBytes(kind);
  const part = partOfBatch(batch.name);
  const records = batch.size / bytes;
  const pictures: Labelled[] = [];
  for (let first = 0; first < records; first += RECORDS_AT_ONCE) {
    const count = Math.min(RECORDS_AT_ONCE, records - first);
    const block = await batch.read(first * bytes, count * bytes);
    for (let i = 0; i < count; i++) {
      const record = first + i;
      kind.limits.forEach((limit, position) => {
        const label = block[i * bytes + position] ?? 0;
        if (label < limit) return;
        throw new PlaygroundError(
          'data.label',
          `${batch.name}: record ${record} has the label ${label}, and ${kind.title} has labels from 0 to ${limit - 1}`,
          { subject: batch.name },
        );
      });
      const read = async (): Promise<ReturnType<typeof toPicture>> =>
        toPicture(await batch.read(record * bytes + kind.labelBytes, PIXEL_BYTES), LAYOUT);
      const label = block[i * bytes + kind.label] ?? 0;
      pictures.push({ name: `${batch.name}#${record}`, label, part, content: { kind: 'pixels', read } });
    }
  }
  return pictures;
}

async function classNames(meta: ByteSource | undefined, count: number): Promise<string[]> {
  const lines = meta ? (await readText(meta)).split(/\r?\n/).map((line) => line.trim()) : [];
  const names = lines.filter((line) => line !== '');
  return names.length === count ? names : Array.from({ length: count }, (_, label) => String(label));
}

/**
 * Reads CIFAR-10 and CIFAR-100 (with its fine labels): `.bin` files that are a whole number of records of the same kind. Rejects with
 * `data.label` for a label out of range.
 */
export async function readCifarBinary(given: Given): Promise<readonly Proposal[]> {
  const files = given.others.filter(({ name, size }) => /\.bin$/i.test(name) && size > 0);
  const batches = files.filter(({ name }) => isBatchName(name));
  const wanted = (batches.length > 0 ? batches : files).sort((a, b) => naturalOrder(a.name, b.name));
  const kind = KINDS.find((each) => wanted.length > 0 && wanted.every(({ size }) => size % recordBytes(each) === 0));
  if (!kind) {
    const broken = batches.find(({ size }) => KINDS.every((each) => size % recordBytes(each) !== 0));
    return broken ? [truncated(broken)] : [];
  }
  const pictures: Labelled[] = [];
  for (const batch of wanted) pictures.push(...(await readBatch(batch, kind)));
  const meta = given.others.find(({ name }) => baseName(name) === kind.names);
  return [
    declaredReading(
      {
        form: 'cifar-binary',
        title: kind.title,
        accounts: new Set(meta ? [...wanted, meta] : wanted),
        labelsFrom: 'the batches',
        partsFrom: "the batches' names",
      },
      pictures,
      await classNames(meta, kind.limits[kind.label] ?? 0),
    ),
  ];
}
