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
import { holdsNoFractions } from './readers/arrays/numpy.js';
import { namesPictureArrays } from './readers/arrays/pairs.js';
import { isStlPictures } from './readers/arrays/stl-binary.js';
import { looksLikeArrow } from './readers/columns/arrow.js';

export type FileKind = 'weights' | 'data' | 'run' | 'unknown';

/** JSON is recognised by reading all of it; run records are far smaller than this. */
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

/** The two files that restore an exported run; they lie at the top of its zip. */
export const RUN_FILES = ['run.json', 'adapted.safetensors'] as const;

/**
 * An archive with a run record and its weights at the top is a run. An archive of arrays (`.npz`), or of a pickle and its storages
 * (`.pth`), is weights. Any other archive is data.
 */
async function kindOfZip(file: ByteSource): Promise<FileKind> {
  const archive = await openArchive(file, { entries: 2_000_000, expansion: 2000, what: 'file that is known here' });
  const names = [...archive.entries.keys()].filter((name) => !isLitter(name));
  if (names.length === 0) return 'unknown';
  if (names.every((name) => name.endsWith('.npy')))
    return namesPictureArrays(file.name, names) || (await holdsNoFractions(file)) ? 'data' : 'weights';
  if (RUN_FILES.every((name) => archive.entries.has(name))) return 'run';
  // An archive of torch.export contains a program and its weights.
  const isTorchs = names.some((name) =>
    ['data.pkl', 'archive_format', 'serialized_exported_program.json'].includes(baseName(name)),
  );
  return isTorchs ? 'weights' : 'data';
}

/** Words near the beginning or end of CIFAR's batches and of the files with their class names, which no checkpoint has there. */
const BATCH_WORDS = /batch_label|label_names|fine_labels|coarse_labels|num_cases_per_batch|filenames|labels/;

/**
 * A pickle is taken for a checkpoint, unless its name is not a checkpoint's and its beginning or end has the words of a batch of pictures.
 */
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
  // safetensors: a length of 8 bytes, little-endian, and then a JSON object. The reader reports a wrong length.
  if (head.length > 8 && head[8] === 0x7b && head[0] !== 0x7b) return 'weights';
  if (/\.safetensors$/i.test(file.name)) return 'weights';
  // A pickle of protocol 2 to 5, the format of PyTorch's checkpoints before they were zips.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return kindOfPickle(file);
  if (/^\s*[{[]/.test(text)) return kindOfJson(file);
  if ((await archiveKind(file)) !== null) return 'data';
  if (isImageName(file.name) || /\.(csv|tsv)$/i.test(file.name)) return 'data';
  if (/\.bin$/i.test(file.name) && (file.size % 3073 === 0 || file.size % 3074 === 0)) return 'data';
  if (isStlPictures(file)) return 'data';
  if (/\.(pth|pt|npz|ckpt)$/i.test(file.name)) return 'weights';
  // A known but unsupported format: opening it as data gives the reason and advice.
  const more = await file.read(0, Math.min(FOREIGN_BYTES, file.size));
  return !isDocumentation(file.name) && foreignForm(more, file.name) !== null ? 'data' : 'unknown';
}

/** Whether weights among many pictures are a by-product, such as a checkpoint that was left in a folder of pictures. */
function picturesAreTheBulk(files: readonly ByteSource[], weights: number): boolean {
  const pictures = files.filter(({ name }) => isImageName(name));
  if (pictures.length < 5 * weights) return false;
  const folders = new Set(pictures.map(({ name }) => folderOf(name)));
  const table = files.some(({ name }) => /\.(csv|tsv)$/i.test(name));
  return folders.size >= 2 || table || pictures.length >= 100;
}

/**
 * Recognises files by their content. Names decide only where the content does not: a damaged weights file is recognised as weights, and its
 * reader then says what is wrong with it. Of files of several kinds: weights are weights unless there are many more pictures; a run is a
 * run unless weights lie beside it.
 */
export async function recogniseFiles(files: readonly ByteSource[]): Promise<FileKind> {
  let found: FileKind = 'unknown';
  let weights = 0;
  const wanted = files.filter((file) => !isLitter(file.name));
  // Files without a picture's name are looked at first: weights and runs are few files, and one picture is enough to recognise data.
  const looked = [...wanted].sort((a, b) => Number(isImageName(a.name)) - Number(isImageName(b.name)));
  for (const file of looked.slice(0, 200)) {
    let kind: FileKind;
    try {
      kind = await kindOf(file);
    } catch (cause) {
      if (!(cause instanceof PlaygroundError)) throw cause;
      // A damaged archive, or a file that may not be read: only its name is left to go by.
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
