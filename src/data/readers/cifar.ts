import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import type { Picture } from '../types.js';
import { baseName } from '../paths.js';
import { readText } from './text.js';
import type { Found, ReadSet, RawExample } from './types.js';

const SIDE = 32;
const PIXELS = SIDE * SIDE;
const RECORDS_AT_ONCE = 500;

/** The two binary forms (Krizhevsky 2009): label bytes, then 1024 bytes each of red, green, blue. */
const KINDS = [
  { form: 'CIFAR-10 binary batches', labelBytes: 1, label: 0, limits: [10], names: 'batches.meta.txt' },
  { form: 'CIFAR-100 binary batches', labelBytes: 2, label: 1, limits: [20, 100], names: 'fine_label_names.txt' },
] as const;
type Kind = (typeof KINDS)[number];

const recordBytes = (kind: Kind): number => kind.labelBytes + 3 * PIXELS;

function batchPart(name: string): Part | null {
  const base = baseName(name);
  if (/^(data_batch(_\d+)?|train)\.bin$/i.test(base)) return 'train';
  return /^test(_batch)?\.bin$/i.test(base) ? 'test' : null;
}

/** The binary batches among the files: by name, or by a length that is a whole number of records of one kind. */
export function cifarBatches({ others }: Found): { kind: Kind; batches: ByteSource[] } | null {
  const files = others.filter(({ name, size }) => /\.bin$/i.test(name) && size > 0);
  for (const kind of KINDS) {
    const whole = files.filter(({ size }) => size % recordBytes(kind) === 0);
    if (whole.length > 0 && whole.length === files.length) return { kind, batches: whole };
  }
  const [damaged] = files.filter(({ name }) => batchPart(name) !== null);
  if (!damaged) return null;
  throw new PlaygroundError(
    'file.damaged',
    `${damaged.name}: has ${damaged.size} bytes, no whole number of CIFAR-10 (3073 bytes) or CIFAR-100 records (3074 bytes): it is truncated`,
    { subject: damaged.name },
  );
}

function toPicture(planes: Uint8Array): Picture {
  const data = new Uint8Array(PIXELS * 4);
  for (let i = 0; i < PIXELS; i++) {
    for (let c = 0; c < 3; c++) data[i * 4 + c] = planes[c * PIXELS + i] as number;
    data[i * 4 + 3] = 255;
  }
  return { width: SIDE, height: SIDE, data };
}

/** CIFAR-10 or CIFAR-100 (by its fine labels). A label beyond the kind's is `data.label`, named by record. */
export async function readCifar(
  found: Found,
  { kind, batches }: { kind: Kind; batches: readonly ByteSource[] },
): Promise<ReadSet> {
  const bytes = recordBytes(kind);
  const examples: RawExample[] = [];
  for (const batch of batches) {
    const part = batchPart(batch.name);
    const records = batch.size / bytes;
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
            `${batch.name}: record ${record} has the label ${label}, and ${kind.form} has labels from 0 to ${limit - 1}`,
            { subject: batch.name },
          );
        });
        examples.push({
          name: `${batch.name}#${record}`,
          label: block[i * bytes + kind.label] ?? 0,
          part,
          content: {
            kind: 'pixels',
            read: async () => toPicture(await batch.read(record * bytes + kind.labelBytes, 3 * PIXELS)),
          },
        });
      }
    }
  }
  const count = kind.limits[kind.label] ?? 0;
  const meta = found.others.find(({ name }) => baseName(name) === kind.names);
  const names = meta
    ? (await readText(meta))
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '')
    : [];
  return {
    form: kind.form,
    classes: names.length === count ? names : Array.from({ length: count }, (_, label) => String(label)),
    examples,
    skipped: [],
    partsFrom: "the batches' names",
  };
}
