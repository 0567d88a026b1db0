import { z } from 'zod';
import { looksLikeZip, openArchive } from '../containers/zip-archive.js';
import type { ByteSource } from '../containers/bytes.js';
import { looksLikeNpy } from '../containers/numpy/npy.js';
import { PlaygroundError } from '../vit/errors.js';
import { imageFormat, isImageName, SNIFFED_BYTES } from './pictures/image-files.js';
import { FOREIGN_BYTES, foreignForm } from './pictures/foreign-forms.js';
import { baseName, folderOf, isDocumentation, isLitter } from './paths.js';
import { archiveKind } from './readers/archives.js';
import { idxHeader } from './readers/arrays/idx.js';
import { namesPictureArrays } from './readers/arrays/pairs.js';
import { looksLikeArrow } from './readers/columns/arrow.js';

export type FileKind = 'weights' | 'data' | 'run' | 'unknown';

/** JSON is read whole to be recognised; a run record stays far below this. */
const LARGEST_JSON = 64 * 2 ** 20;

const runSchema = z.object({ format: z.literal('pyra-playground-run') });
/** The index of sharded safetensors. */
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

async function kindOfJson(file: ByteSource): Promise<FileKind> {
  if (file.size > LARGEST_JSON) return 'unknown';
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(await file.read(0, file.size)));
    if (runSchema.safeParse(value).success) return 'run';
    return indexSchema.safeParse(value).success ? 'weights' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** The two files of an exported run that restore it, at the top of a zip. */
export const RUN_FILES = ['run.json', 'adapted.safetensors'] as const;

/**
 * An archive of arrays (`.npz`) or of a pickle and its storages (`.pth`) holds weights, one with a record and its weights at the
 * top a run; any other is taken for data.
 */
async function kindOfZip(file: ByteSource): Promise<FileKind> {
  const archive = await openArchive(file, { entries: 2_000_000, expansion: 2000, what: 'file that is known here' });
  const names = [...archive.entries.keys()].filter((name) => !isLitter(name));
  if (names.length === 0) return 'unknown';
  if (names.every((name) => name.endsWith('.npy'))) return namesPictureArrays(names) ? 'data' : 'weights';
  if (RUN_FILES.every((name) => archive.entries.has(name))) return 'run';
  // torch.export's archive is a program with its weights.
  const isTorchs = names.some((name) =>
    ['data.pkl', 'archive_format', 'serialized_exported_program.json'].includes(baseName(name)),
  );
  return isTorchs ? 'weights' : 'data';
}

/** What a pickle that is no checkpoint's says of itself near its beginning: CIFAR's batches and what names their classes. */
const BATCH_WORDS = /batch_label|label_names|fine_labels|coarse_labels|num_cases_per_batch|filenames|labels/;

/** A pickle is a checkpoint's, unless its name is no checkpoint's and its beginning or end speaks of a batch of pictures. */
async function kindOfPickle(file: ByteSource): Promise<FileKind> {
  if (/\.(pth|pt|ckpt|bin|pth\.tar)$/i.test(file.name)) return 'weights';
  const size = Math.min(4096, file.size);
  const text = [await file.read(0, size), await file.read(file.size - size, size)]
    .map((bytes) => new TextDecoder('latin1').decode(bytes))
    .join('\n');
  return BATCH_WORDS.test(text) && !/torch\n|torch\._utils/.test(text) ? 'data' : 'weights';
}

async function kindOf(file: ByteSource): Promise<FileKind> {
  if (file.size === 0) return isImageName(file.name) ? 'data' : 'unknown';
  const head = await file.read(0, Math.min(SNIFFED_BYTES, file.size));
  if (imageFormat(head) !== null) return 'data';
  const text = String.fromCharCode(...head);
  if (text.startsWith('PAR1') || looksLikeArrow(head, file.name) || looksLikeNpy(head) || idxHeader(head, file)) return 'data';
  if (await looksLikeZip(file)) return kindOfZip(file);
  // safetensors: a length of 8 bytes, little-endian, and then a JSON object. A wrong length is the reader's to name.
  if (head.length > 8 && head[8] === 0x7b && head[0] !== 0x7b) return 'weights';
  if (/\.safetensors$/i.test(file.name)) return 'weights';
  // A pickle of protocol 2 to 5, as torch wrote before it wrote zips.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return kindOfPickle(file);
  if (/^\s*[{[]/.test(text)) return kindOfJson(file);
  if ((await archiveKind(file)) !== null) return 'data';
  if (isImageName(file.name) || /\.(csv|tsv)$/i.test(file.name)) return 'data';
  if (/\.bin$/i.test(file.name) && (file.size % 3073 === 0 || file.size % 3074 === 0)) return 'data';
  if (/\.(pth|pt|npz|ckpt)$/i.test(file.name)) return 'weights';
  // What is known and not read: opening it as data gives the reason and the way out.
  const more = await file.read(0, Math.min(FOREIGN_BYTES, file.size));
  return !isDocumentation(file.name) && foreignForm(more, file.name) !== null ? 'data' : 'unknown';
}

/** Whether so many pictures lie there, and so, that weights among them are a by-product: a folder of runs, a checkpoint left behind. */
function picturesAreTheBulk(files: readonly ByteSource[], weights: number): boolean {
  const pictures = files.filter(({ name }) => isImageName(name));
  if (pictures.length < 5 * weights) return false;
  const folders = new Set(pictures.map(({ name }) => folderOf(name)));
  const table = files.some(({ name }) => /\.(csv|tsv)$/i.test(name));
  return folders.size >= 2 || table || pictures.length >= 100;
}

/**
 * What was given, by content. Names decide only where the bytes leave it open: a damaged weights file is still one, and its
 * reader then says what is wrong with it. Several files are what the bulk of them is: weights that lie among many pictures do not
 * make it weights, nor a few pictures beside weights data; a run is one where nothing else but pictures lies there.
 */
export async function recogniseFiles(files: readonly ByteSource[]): Promise<FileKind> {
  let found: FileKind = 'unknown';
  let weights = 0;
  const wanted = files.filter((file) => !isLitter(file.name));
  // A folder of thousands of pictures is known by its first few files; weights and runs come in few files.
  const looked = [...wanted].sort((a, b) => Number(isImageName(a.name)) - Number(isImageName(b.name)));
  for (const file of looked.slice(0, 200)) {
    let kind: FileKind;
    try {
      kind = await kindOf(file);
    } catch (cause) {
      if (!(cause instanceof PlaygroundError)) throw cause;
      // A broken archive, or a file that may not be read: what it would have been, only its name tells.
      if (cause.code === 'file.unreadable') kind = isImageName(file.name) ? 'data' : 'unknown';
      else if (cause.code === 'file.damaged') kind = /\.(pth|pt|npz|ckpt)$/i.test(file.name) ? 'weights' : 'data';
      else throw cause;
    }
    if (kind === 'weights') weights++;
    else if (kind === 'run' || (kind === 'data' && found === 'unknown')) found = kind;
  }
  if (weights === 0) return found;
  return picturesAreTheBulk(wanted, weights) ? 'data' : 'weights';
}
