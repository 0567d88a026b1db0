/**
 * WebDataset: the files of a sample have a common key, such as `000000.jpg` and `000000.cls`, `000000.json` or `000000.txt`. They lie in
 * tar shards, which were opened as folders of their names, or in folders. https://github.com/webdataset/webdataset
 */
import { z } from 'zod';
import type { ByteSource } from '../../containers/bytes.js';
import { mapConcurrently } from '../concurrent.js';
import { partOfFolders, partOfName } from '../parts.js';
import { baseName, folderOf, joinPath } from '../paths.js';
import { declaredReading, type Labelled } from '../readings/labelled.js';
import { nameTogether } from '../readings/left-out.js';
import type { Given, Proposal } from '../readings/types.js';
import { namesBesideFiles } from '../readings/tables/class-names.js';
import { namesAnnotation } from './columns/choose.js';
import { readText } from './text.js';

/** Extensions of label files, the surest first. */
const SIDECARS = ['cls', 'class', 'label', 'json', 'txt'] as const;
type Sidecar = (typeof SIDECARS)[number];
/** The largest label file; a longer text beside a picture is not a label. */
const LONGEST_LABEL = 2 ** 16;
const LONGEST_WORD = 100;

const LABEL_KEYS = ['label', 'cls', 'class', 'class_id', 'class_index', 'target', 'category', 'category_id', 'label_id', 'y'];
const NAME_KEYS = ['label_name', 'class_name', 'classname', 'label_text', 'name', 'category_name', 'class', 'category'];
const recordSchema = z.record(z.string(), z.unknown());

interface Said {
  readonly label: number | string;
  /** The class's name, where the label is its number and the name is given too. */
  readonly name: string | null;
}

const wordOrNumber = (text: string): number | string => (/^\d{1,9}$/.test(text) ? Number(text) : text);

function saidByJson(text: string): Said | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value === 'number' && Number.isInteger(value)) return { label: value, name: null };
  const record = recordSchema.safeParse(value);
  if (!record.success) return null;
  const found = LABEL_KEYS.map((key) => record.data[key]).find(
    (each) => typeof each === 'string' || (typeof each === 'number' && Number.isInteger(each)),
  );
  const name = NAME_KEYS.map((key) => record.data[key]).find((each) => typeof each === 'string' && each !== '');
  const named = typeof name === 'string' ? name : null;
  if (typeof found === 'number') return { label: found, name: named };
  if (typeof found === 'string' && found !== '') return { label: wordOrNumber(found), name: named };
  return named === null ? null : { label: named, name: null };
}

/** The class that a label file gives; null where it gives none. */
async function readSidecar(file: ByteSource, kind: Sidecar): Promise<Said | null> {
  if (file.size === 0 || file.size > LONGEST_LABEL) return null;
  const text = (await readText(file).catch(() => '')).replace(/^\ufeff/, '').trim();
  if (kind === 'json') return saidByJson(text);
  // These are boxes of a detection set or captions of several lines.
  if (text === '' || text.length > LONGEST_WORD || /[\r\n]/.test(text) || /^\d+(\s+[\d.]+){2,}$/.test(text)) return null;
  return { label: wordOrNumber(text), name: null };
}

/** A label file's kind by its last extension, or by the one before (`.cls.txt`). */
function kindOf(path: string): Sidecar | undefined {
  const [last = '', before = ''] = baseName(path).toLowerCase().split('.').slice(1).reverse();
  const plain = SIDECARS.slice(0, 3).find((each) => each === before);
  return (last === 'txt' ? plain : undefined) ?? SIDECARS.find((each) => each === last);
}

/** Label files by their keys, and then by their kind. */
function sidecarsOf(given: Given): Map<string, Map<Sidecar, ByteSource>> {
  const found = new Map<string, Map<Sidecar, ByteSource>>();
  // The longer keys of all files come before the shorter ones, so that `a.b.txt` belongs to `a.b.png` where `a.txt` is there too.
  const keyed = given.others.flatMap((file) => keysOf(file.name).map((key, at) => ({ file, key, at, kind: kindOf(file.name) })));
  for (const { file, key, kind } of keyed.sort((a, b) => a.at - b.at)) {
    if (!kind) continue;
    const known = found.get(key) ?? new Map<Sidecar, ByteSource>();
    if (!known.has(kind)) known.set(kind, file);
    found.set(key, known);
  }
  return found;
}

/** The possible keys of a file: its path up to the last dot, and up to the first dot of its name, as the library reads it. */
function keysOf(path: string): string[] {
  const base = baseName(path);
  const until = (dot: number): string => joinPath(folderOf(path), dot < 0 ? base : base.slice(0, dot));
  return [...new Set([until(base.lastIndexOf('.')), until(base.indexOf('.'))])];
}

interface Sample {
  readonly picture: ByteSource;
  readonly sidecars: readonly ByteSource[];
  readonly said: Said;
}

async function samplesOf(
  given: Given,
  kind: Sidecar,
  sidecars: ReadonlyMap<string, Map<Sidecar, ByteSource>>,
): Promise<Sample[]> {
  const pairs = given.pictures.flatMap((picture) => {
    const beside = keysOf(picture.name)
      .map((key) => sidecars.get(key))
      .find((each) => each !== undefined);
    const file = beside?.get(kind);
    return beside && file ? [{ picture, beside, file }] : [];
  });
  const said = await mapConcurrently(pairs, 16, ({ file }) => readSidecar(file, kind));
  return pairs.flatMap(({ picture, beside }, i) => {
    const each = said[i];
    return each ? [{ picture, sidecars: [...beside.values()], said: each }] : [];
  });
}

/** What stands between a sample's key and the picture's extension: `seg` of `000.seg.png`, `` of `000.jpg`. */
const roleOf = ({ picture: { name } }: Sample): string => baseName(name).split('.').slice(1, -1).join('.');

/** Keeps the pictures that are learnt from. Of several in a sample, masks do not count, nor others beside one that has only an extension. */
function withoutAnnotations(samples: readonly Sample[]): { readonly kept: Sample[]; readonly left: ByteSource[] } {
  const bySidecar = new Map<ByteSource | undefined, Sample[]>();
  for (const sample of samples) {
    const [key] = sample.sidecars;
    bySidecar.set(key, [...(bySidecar.get(key) ?? []), sample]);
  }
  const kept = [...bySidecar.values()].flatMap((together) => {
    if (together.length === 1) return together;
    const pictures = together.filter((sample) => !namesAnnotation(roleOf(sample)));
    const plain = pictures.filter((sample) => roleOf(sample) === '');
    return plain.length > 0 ? plain : pictures;
  });
  const used = new Set(kept);
  return { kept, left: samples.filter((sample) => !used.has(sample)).map(({ picture }) => picture) };
}

/** Whether labels repeat, as those of classes do and captions do not. */
function repeat(samples: readonly Sample[]): boolean {
  const distinct = new Set(samples.map(({ said }) => said.label)).size;
  return distinct >= 1 && distinct <= Math.max(2, samples.length / 2);
}

/** Names that correspond to the labels' numbers one to one; null where they do not. */
function namesBy(samples: readonly Sample[], nameOf: (sample: Sample) => string | null): Map<number, string> | null {
  const names = new Map<number, string>();
  for (const sample of samples) {
    const { label } = sample.said;
    const name = nameOf(sample);
    if (typeof label !== 'number' || name === null || name === '') return null;
    if ((names.get(label) ?? name) !== name) return null;
    names.set(label, name);
  }
  return names.size >= 2 && new Set(names.values()).size === names.size ? names : null;
}

/** The folder in a picture's key as a class name; null where it names a part or is a shard's number. */
function classFolder({ picture }: Sample): string | null {
  const folder = baseName(folderOf(picture.name));
  return partOfName(folder) !== null || /\d{3,}$/.test(folder) ? null : folder;
}

const asList = (names: ReadonlyMap<number, string> | null): string[] | null =>
  names && Math.max(...names.keys()) < 100_000
    ? Array.from({ length: Math.max(...names.keys()) + 1 }, (_, number) => names.get(number) ?? '')
    : null;

/** The samples of the surest kind of label file that labels at least half of the pictures. */
async function bestSamples(given: Given): Promise<{ kind: Sidecar; samples: Sample[] } | null> {
  const sidecars = sidecarsOf(given);
  if (sidecars.size === 0) return null;
  for (const kind of SIDECARS) {
    const samples = await samplesOf(given, kind, sidecars);
    const plain = kind === 'cls' || kind === 'class' || kind === 'label';
    if (samples.length >= 2 && samples.length >= given.pictures.length / 2 && (plain || repeat(samples)))
      return { kind, samples };
  }
  return null;
}

/** Reads WebDataset shards, or samples in folders. */
export async function readWebDataset(given: Given): Promise<readonly Proposal[]> {
  const best = await bestSamples(given);
  if (!best) return [];
  const { kind } = best;
  const { kept: samples, left } = withoutAnnotations(best.samples);
  const pictures = samples.map(({ picture, said }): Labelled => ({
    name: picture.name,
    label: said.label,
    part: partOfFolders(folderOf(picture.name)),
    content: { kind: 'file', source: picture },
  }));
  const listed = await namesBesideFiles(given, pictures);
  const names = listed?.names ?? asList(namesBy(samples, ({ said }) => said.name)) ?? asList(namesBy(samples, classFolder));
  const accounts = new Set(best.samples.flatMap(({ picture, sidecars }) => [picture, ...sidecars]));
  if (listed) accounts.add(listed.file);
  return [
    {
      ...declaredReading(
        {
          form: 'webdataset',
          title: 'WebDataset samples',
          accounts,
          leftOut: nameTogether(left, 'is another picture of its sample, such as a mask'),
          labelsFrom: `the .${kind} beside each picture`,
          partsFrom: "the shards' names",
        },
        pictures,
        names,
      ),
      evidence: kind === 'txt' ? 'said' : 'declared',
    },
  ];
}
