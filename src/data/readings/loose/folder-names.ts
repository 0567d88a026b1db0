import { partOfName, wordsOf } from '../../parts.js';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Names of folders with annotations, masks or copies of pictures. */
const ABOUT_PICTURES = set(
  'annotation annotations mask masks segmentation segmentations seg trimap trimaps bbox bboxes boxes xml xmls depth depths ' +
    'thumbnail thumbnails thumb thumbs preview previews overlay overlays heatmap heatmaps contour contours landmarks keypoints ' +
    'semantic instance segmentationclass segmentationobject labelimages labels groundtruth',
);
const WITH_ABOUT = set('image images png class classes object objects file files data binary full raw id ids');

/** Names of folders that only collect pictures. */
const PICTURES = set(
  'image images img imgs jpegimages jpg jpgs jpeg jpegs png pngs data dataset datasets photos pictures pics samples frames raw rgb input inputs original originals',
);

/** Names of numbered folders into which a data set was divided because of its size, not by class. */
const PIECES = set(
  'batch batches part parts chunk chunks shard shards group dir folder session seq sequence vol volume day page split block images image img ' +
    'fold folds kfold',
);

/** Words of which one makes equal names with different numbers pieces: `HAM10000_images_part_1`. */
const DIVIDED = set('batch batches part parts chunk chunks shard shards piece pieces vol volume');

/** Names of folders with unlabelled pictures. */
const UNLABELLED = set(
  'unlabeled unlabelled unknown unannotated unsorted unsup pred predict prediction predictions inference submission',
);

const FILLERS = set(
  'set sets data dataset image images img imgs pictures photos split fold folder part partial all new full final',
);

const allIn = (words: readonly string[], ...sets: ReadonlySet<string>[]): boolean =>
  words.length > 0 && words.every((word) => sets.some((each) => each.has(word)));

/** Whether a folder's name says that it has masks, annotations and the like: `annotations`, `SegmentationClass`, `mask_images`. */
export function tellsAboutPictures(name: string): boolean {
  const words = wordsOf(name);
  return allIn(words, ABOUT_PICTURES, WITH_ABOUT) && words.some((word) => ABOUT_PICTURES.has(word));
}

/** Whether a folder's name says only that it has pictures: `images`, `JPEGImages`, `data`. */
export const gathersPictures = (name: string): boolean => allIn(wordsOf(name), PICTURES);

/** Whether a folder is a numbered piece of a data set: `batch0`, `part_2`. */
export const isPiece = (name: string): boolean => /\d/.test(name) && allIn(wordsOf(name), PIECES);

/** Whether folders are the pieces of a data set: each by its name, or all names equal but for a number and with a word for pieces. */
export function arePieces(names: readonly string[]): boolean {
  if (names.every(isPiece)) return true;
  const alike = new Set(names.map((name) => name.replace(/\d+(?=\D*$)/, '')));
  return names.length >= 2 && alike.size === 1 && [...alike].some((name) => wordsOf(name).some((word) => DIVIDED.has(word)));
}

/** Words for people, recordings and places into which pictures of one class are divided. */
const RECORDINGS = set(
  'person persons people subject subjects user users actor patient participant speaker video videos clip clips film cam camera loc location site ' +
    'place scene run trial take session recording series study examination p s v c t',
);

/** Whether folders inside classes divide the pictures of a class, by person, recording or day, and are no classes: `video_01`, `2019-05-01`. */
export const areRecordings = (names: readonly string[]): boolean =>
  names.every((name) => /\d/.test(name) && (/^\d{4}-?\d\d-?\d\d/.test(name) || allIn(wordsOf(name), PIECES, RECORDINGS)));

/** Names of classes that differ by numbers alone: WordNet's numbers, or words such as class, level and stage. */
const NUMBERED_CLASS = /^n\d{8}$|^c\d{1,3}$|class|label|categor|type|species|digit|level|grade|stage|step|model/i;

/**
 * Whether names differ by numbers alone, as those of places, days and persons do: `000`, `loc_0001`, `2019-05-01`, `s1`. Plain numbers of
 * one or two digits are as often classes, and do not count.
 */
export function areNumbered(names: readonly string[]): boolean {
  const alike = new Set(names.map((name) => name.replace(/\d+/g, '0')));
  const numbered = names.every((name) => /\d/.test(name) && !/^\d{1,2}$/.test(name) && !NUMBERED_CLASS.test(name));
  return names.length >= 2 && alike.size === 1 && numbered;
}

/** Whether folders are shelves of files by the first digits of their names, which are hashes: `0a/0a3f29.jpg`. */
export function areHashShelves(folders: readonly { readonly name: string; readonly stems: readonly string[] }[]): boolean {
  const names = folders.map(({ name }) => name.toLowerCase());
  if (names.length < 2 || !names.every((name) => /^[0-9a-f]{1,3}$/.test(name))) return false;
  const stems = folders.flatMap((folder) =>
    folder.stems.map((stem) => ({ name: folder.name.toLowerCase(), stem: stem.toLowerCase() })),
  );
  return (
    stems.some(({ stem }) => /[a-f]/.test(stem)) &&
    stems.every(({ name, stem }) => stem.length >= name.length + 4 && stem.startsWith(name) && /^[0-9a-f]+$/.test(stem))
  );
}

export const isUnlabelled = (name: string): boolean => wordsOf(name).some((word) => UNLABELLED.has(word));

/** Whether a name says that a folder has some pictures of another: `trainingSample`. */
export const isSample = (name: string): boolean =>
  wordsOf(name).some((word) => /^(samples?|subset|mini|tiny|small|demo)$/.test(word));

/** Whether a name names a part and nothing else: `train`, `Training Set`, `test1`, but not `test tubes`. */
export function isPurePart(name: string): boolean {
  if (partOfName(name) === null) return false;
  return wordsOf(name).every((word) => partOfName(word) !== null || FILLERS.has(word));
}

/** The name without its words for parts: `train_cat` becomes `cat`. */
export function withoutPart(name: string): string {
  const kept = name.split(/([-._ ]+)/).filter((word) => partOfName(word) === null);
  return kept.join('').replace(/^[-._ ]+|[-._ ]+$/g, '');
}

/**
 * The name of the picture to which a mask's name belongs: `benign (1)` for `benign (1)_mask`, `0` for `0_mask_1`. Null where it is no
 * mask's name.
 */
export const maskedStem = (stem: string): string | null =>
  /^(.+?)[-_ ](mask|seg|segmentation|label|trimap|gt)([-_ ]?\d+)?$/i.exec(stem)?.[1] ?? null;
